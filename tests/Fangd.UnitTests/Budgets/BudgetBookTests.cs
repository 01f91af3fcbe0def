using Fangd.Engine.Agents;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Server.Budgets;
using Fangd.Server.Models;
using Fangd.Server.Usage;
using Fangd.TestKit;
using Fangd.UnitTests.Usage;

namespace Fangd.UnitTests.Budgets;

public sealed class BudgetBookTests
{
    // A claim is 5 + 1024 tokens: a little over 0.1 USD.
    private static readonly CallPrice Dear = new(PriceKind.Known, new ModelPrice(0, 0, 100));
    private static readonly CallPrice Free = new(PriceKind.Free, null);
    private static readonly LlmRequest Request = MeteringRig.Request();

    private readonly ManualTime _time = new();
    private readonly BudgetBook _book;

    public BudgetBookTests() => _book = new BudgetBook(_time);

    [Fact]
    public void Without_limits_nothing_is_claimed_and_all_is_counted()
    {
        var claim = _book.Claim(Ann(), Request, Dear);
        Assert.Null(_book.Settle(Ann(), claim, 5, 700));

        Assert.Equal(default, claim);
        Assert.Equal(new SpendNow(5, 5, 5, 700), _book.Spent("ann"));
        Assert.Equal(new SpendNow(5, 5, 5, 700), _book.Spent(null));
    }

    [Theory]
    [InlineData("hourly", 33, 7)]
    [InlineData("daily", 14 * 60 + 33, 7)]
    [InlineData("monthly", (17 * 24 + 14) * 60 + 33, 7)]
    public void A_limit_that_is_used_up_refuses_until_its_window_ends(string window, int minutes, int seconds)
    {
        var limited = Ann(new AgentResources
        {
            MaxCostPerHourUsd = window == "hourly" ? 1 : 0,
            MaxCostPerDayUsd = window == "daily" ? 1 : 0,
            MaxCostPerMonthUsd = window == "monthly" ? 1 : 0,
        });
        Spend(limited, 1);

        var refusal = Assert.Throws<TurnException>(() => _book.Claim(limited, Request, Dear));
        var left = new TimeSpan(0, minutes, seconds);

        Assert.Equal((RunFault.Budget, (TimeSpan?)left), (refusal.Fault, refusal.RetryAfter));
        Assert.Contains($"the {window} budget of agent 'Ann' is used up", refusal.Message);
        _time.Advance(left - TimeSpan.FromSeconds(1));
        Assert.Throws<TurnException>(() => _book.Claim(limited, Request, Dear));
        _time.Advance(TimeSpan.FromSeconds(1));
        Spend(limited, 0.5);
    }

    [Fact]
    public void The_global_limit_stops_every_agent_and_lets_free_models_through()
    {
        _book.Limits = _book.Limits with { DailyUsd = 1 };
        Spend(Ann(), 2);

        var refusal = Assert.Throws<TurnException>(() => _book.Claim(new BudgetHolder("bob", "Bob", new AgentResources()), Request, Dear));
        _book.Claim(Ann(), Request, Free);

        Assert.Contains("the global daily budget", refusal.Message);
    }

    [Fact]
    public void Tokens_are_limited_for_free_models_too_by_the_agents_limit_or_else_by_the_default()
    {
        _book.Limits = _book.Limits with { TokensPerHour = 100 };
        var own = new BudgetHolder("bob", "Bob", new AgentResources { MaxLlmTokensPerHour = 500 });
        Spend(Ann(), 0, 100);
        Spend(own, 0, 100);

        var refusal = Assert.Throws<TurnException>(() => _book.Claim(Ann(), Request, Free));
        Spend(own, 0, 400);
        Assert.Throws<TurnException>(() => _book.Claim(own, Request, Free));
        _time.Advance(refusal.RetryAfter!.Value);
        Spend(own, 0, 1);
    }

    [Fact]
    public void What_calls_in_flight_have_claimed_is_not_there_for_others_and_comes_back()
    {
        var limited = Ann(new AgentResources { MaxCostPerDayUsd = 0.15 });
        var first = _book.Claim(limited, Request, Dear);
        var second = _book.Claim(limited, Request, Dear);

        var refusal = Assert.Throws<TurnException>(() => _book.Claim(limited, Request, Dear));
        _book.Settle(limited, first, 0.001, 10);
        _book.Settle(limited, second, 0.001, 10);

        Assert.Contains("claimed by calls in flight", refusal.Message);
        Assert.Equal(TimeSpan.FromSeconds(5), refusal.RetryAfter);
        Spend(limited, 0.1);
    }

    [Fact]
    public async Task Runs_side_by_side_overspend_by_no_more_than_one_call()
    {
        const double Limit = 3;
        const double Cost = 0.1;
        _book.Limits = _book.Limits with { DailyUsd = Limit };
        var refused = 0;

        await Task.WhenAll(Enumerable.Range(0, 16).Select(agent => Task.Run(async () =>
        {
            var holder = new BudgetHolder($"a{agent}", "A", new AgentResources());
            for (var call = 0; call < 50; call++)
            {
                try
                {
                    var claim = _book.Claim(holder, Request, Dear);
                    await Task.Yield();
                    _book.Settle(holder, claim, Cost, 1);
                }
                catch (TurnException)
                {
                    Interlocked.Increment(ref refused);
                }
            }
        })));

        // The claim is a little more than the cost, so the last call is the one that goes over, if any.
        Assert.InRange(_book.Spent(null).DayUsd, Limit - 2 * Cost, Limit + Cost);
        Assert.True(refused > 0);
        _book.Limits = _book.Limits with { DailyUsd = _book.Spent(null).DayUsd + 0.01 };
        Spend(Ann(), Cost);
    }

    [Fact]
    public void A_warning_is_in_every_answer_from_the_threshold_on_and_new_once_a_window()
    {
        var limited = Ann(new AgentResources { MaxCostPerDayUsd = 10 });

        Assert.Null(Spend(limited, 7.9));
        var first = Spend(limited, 0.2);
        var second = Spend(limited, 0.2);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Null(Spend(limited, 1));
        var next = Spend(limited, 8);

        Assert.Equal((true, "ann"), (first!.IsNew, first.AgentId));
        Assert.Contains("81 % of the daily budget of agent 'Ann'", first.Text);
        Assert.False(second!.IsNew);
        Assert.True(next!.IsNew);
    }

    [Fact]
    public async Task A_start_goes_on_with_what_was_spent_in_the_running_windows()
    {
        using var rig = new MeteringRig();
        var now = rig.Time.GetUtcNow();
        foreach (var (at, usd) in ((DateTimeOffset, double)[])[(now, 1), (now.AddHours(-2), 2), (now.AddDays(-3), 4), (now.AddDays(-20), 8)])
            rig.Meter.Record(new UsageRow(at, "ann", null, "r", "p", "m", new LlmUsage(10, 5), usd, PriceKind.Known, 1, CallOutcome.Ok));
        await rig.Meter.Settled();

        rig.Budgets.Load(rig.Usage);

        Assert.Equal(new SpendNow(1, 3, 7, 15), rig.Budgets.Spent("ann"));
        Assert.Equal(new SpendNow(1, 3, 7, 15), rig.Budgets.Spent(null));
        Assert.Equal(default, rig.Budgets.Spent("nobody"));
    }

    [Fact]
    public async Task Limits_that_were_set_survive_and_the_others_follow_the_configuration()
    {
        using var rig = new MeteringRig();
        var configured = new Fangd.Server.Config.BudgetConfig(1, 2, 3, 0.8, 4);
        var trail = new RecordingTrail();

        await new BudgetStore(rig.Database, configured, trail).Save(new BudgetChange(null, 0, null, null, null));
        await new BudgetStore(rig.Database, configured, trail).Save(new BudgetChange(null, null, 30, 0.5, null));

        Assert.Equal(new GlobalLimits(10, 0, 30, 0.5, 4), new BudgetStore(rig.Database, configured with { MaxHourlyUsd = 10 }, trail).Load());
        Assert.Equal(
            ["Budget of all agents changed: daily_usd 0", "Budget of all agents changed: monthly_usd 30, alert_threshold 0.5"],
            trail.Entries.Select(entry => entry.Detail));
    }

    private BudgetWarning? Spend(BudgetHolder holder, double usd, long tokens = 1) => _book.Settle(holder, _book.Claim(holder, Request, Dear), usd, tokens);

    private static BudgetHolder Ann(AgentResources? resources = null) => new("ann", "Ann", resources ?? new AgentResources());
}
