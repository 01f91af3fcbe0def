using Fangd.Engine.Agents;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Server.Providers.Resilience;
using Fangd.Server.Storage;
using Fangd.TestKit;

namespace Fangd.UnitTests.Usage;

public sealed class MeteredModelTests
{
    private static readonly LlmEvent[] Answer =
        [LlmEvent.TextDelta("hi"), LlmEvent.UsageReport(new LlmUsage(1000, 200, 400, 50)), LlmEvent.Stopped(LlmStop.EndTurn)];

    [Fact]
    public async Task A_call_is_taken_down_with_all_that_it_was()
    {
        using var rig = new MeteringRig(new ScriptedClient(Answer));

        await rig.Ask(rig.For("ann"));
        await rig.Meter.Settled();

        // gpt-4o: 2.5 in, 1.25 cached, 10 out a million.
        var cost = (600 * 2.5 + 400 * 1.25 + 200 * 10) / 1_000_000;
        Assert.Equal($"ann|s|r|openai|gpt-4o|1000|200|400|50|{cost:R}|known|ok", Rows(rig).Single());
        Assert.Equal(cost, rig.Metering.Models.Cost(new ModelRef("openai", "gpt-4o"), new LlmUsage(1000, 200, 400, 50)), 12);
    }

    [Fact]
    public async Task Each_model_of_a_chain_is_taken_down_and_priced_as_itself()
    {
        using var rig = new MeteringRig(new Providers.ScriptedClient
        {
            Rule = (request, _) => request.Model == "gpt-4o" ? Say.Fail(LlmFault.Overloaded) : [Say.Text("hi"), Say.Usage(1000, 200), Say.End],
        });

        await rig.Ask(new ModelChain(rig.For("ann"), [new ModelRef("openai", "gpt-4o-mini")], (_, _, _) => ValueTask.CompletedTask));
        await rig.Meter.Settled();

        var cost = rig.Models.Cost(new ModelRef("openai", "gpt-4o-mini"), new LlmUsage(1000, 200));
        Assert.Equal(
            [$"ann|s|r|openai|gpt-4o-mini|1000|200|0|0|{cost:R}|known|ok", "ann|s|r|openai|gpt-4o|0|0|0|0|0|known|failed"],
            Rows(rig).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_server_that_does_not_count_is_counted_for_and_the_run_sees_the_same_number()
    {
        using var rig = new MeteringRig(new ScriptedClient(LlmEvent.TextDelta("a word or two"), LlmEvent.Stopped(LlmStop.EndTurn)));

        var events = await rig.Ask(rig.For("ann"));
        await rig.Meter.Settled();

        Assert.Equal([LlmEventKind.TextDelta, LlmEventKind.Usage, LlmEventKind.Stop], events.Select(e => e.Kind));
        Assert.Equal(new LlmUsage(5, 4), events[1].Usage);
        Assert.Contains("|5|4|0|0|", Rows(rig).Single());
    }

    [Fact]
    public async Task A_call_that_fails_before_it_says_anything_is_taken_down_and_not_charged()
    {
        using var rig = new MeteringRig(new ScriptedClient { Fault = new LlmException(LlmFault.Overloaded, "busy") });

        await Assert.ThrowsAsync<LlmException>(() => rig.Ask(rig.For("ann")));
        await rig.Meter.Settled();

        Assert.EndsWith("|0|0|0|0|0|known|failed", Rows(rig).Single());
        Assert.Equal((1L, 1L), (rig.Usage.Total("model-day", 0).Calls, rig.Usage.Total("model-day", 0).Failed));
    }

    [Fact]
    public async Task A_call_that_breaks_or_is_left_in_the_middle_is_charged_for_what_was_said()
    {
        using var rig = new MeteringRig(new ScriptedClient(LlmEvent.TextDelta("12345678")) { Fault = new LlmException(LlmFault.Interrupted, "cut") });

        await Assert.ThrowsAsync<LlmException>(() => rig.Ask(rig.For("ann")));
        await foreach (var happened in rig.For("ann").Stream(new ModelRef("openai", "gpt-4o"), MeteringRig.Request(), TestContext.Current.CancellationToken))
        {
            Assert.Equal("12345678", happened.Text);
            break;
        }

        await rig.Meter.Settled();
        Assert.Equal(["failed", "cancelled"], Rows(rig).Select(r => r[(r.LastIndexOf('|') + 1)..]));
        Assert.All(Rows(rig), row => Assert.Contains("|5|2|0|0|", row));
    }

    [Fact]
    public async Task A_model_without_a_price_costs_nothing_and_says_that_its_price_is_unknown()
    {
        using var rig = new MeteringRig(new ScriptedClient(Answer));

        await rig.Ask(rig.For("ann"), "openai", "made-up");
        await rig.Ask(rig.For("ann"), "ollama", "made-up");
        await rig.Meter.Settled();

        Assert.EndsWith("|0|unknown|ok", Rows(rig)[0]);
        Assert.EndsWith("|0|free|ok", Rows(rig)[1]);
    }

    [Fact]
    public async Task A_refusal_tells_what_the_run_has_used_before_it()
    {
        using var rig = new MeteringRig(new ScriptedClient(Answer));
        var model = rig.For("ann", new AgentResources { MaxCostPerDayUsd = 0.001 });

        await rig.Ask(model);
        var refusal = await Assert.ThrowsAsync<TurnException>(() => rig.Ask(model));

        Assert.Equal((RunFault.Budget, 1, new LlmUsage(1000, 200, 400, 50)), (refusal.Fault, refusal.Iterations, refusal.Usage));
        Assert.Equal(0.004, refusal.CostUsd, 12);
        Assert.Equal("400 % of the daily budget of agent 'ann' is used (0.0040 of 0.001 USD)", model.BudgetWarning);
        // 09:26:53 in the test clock: the rest of the day.
        Assert.Equal(new TimeSpan(14, 33, 7), refusal.RetryAfter);
    }

    [Fact]
    public async Task What_was_recorded_survives_an_orderly_stop_that_nobody_waited_with()
    {
        using var rig = new MeteringRig(new ScriptedClient(Answer));

        for (var i = 0; i < 700; i++)
            await rig.Ask(rig.For("ann"));
        rig.Reopen();

        Assert.Equal(700, Rows(rig).Count);
    }

    [Fact]
    public async Task A_row_rides_with_the_commit_of_whoever_comes_next()
    {
        using var rig = new MeteringRig(new ScriptedClient(Answer));
        using var begun = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var stop = TestContext.Current.CancellationToken;
        var first = Task.Run(() => rig.Database.Write(_ =>
        {
            begun.Set();
            release.Wait(stop);
        }), stop);
        begun.Wait(stop);
        var before = rig.Database.Writes.Commits;

        await rig.Ask(rig.For("ann"));
        var second = rig.Database.Write(sql => sql.Number("SELECT count(*) FROM usage_calls"));
        release.Set();
        await first;

        Assert.Equal(1, await second);
        Assert.Equal(2, rig.Database.Writes.Commits - before);
    }

    [Fact]
    public async Task A_row_that_nobody_follows_is_committed_by_itself()
    {
        using var rig = new MeteringRig(new ScriptedClient(Answer));
        var stop = TestContext.Current.CancellationToken;

        await rig.Ask(rig.For("ann"));
        while (Rows(rig).Count == 0)
        {
            stop.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Assert.Single(Rows(rig));
    }

    private static List<string> Rows(MeteringRig rig) => rig.Database.Read(sql => sql.All(
        """
        SELECT agent_id, session_id, run_id, provider, model, input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost_usd, price, outcome
        FROM usage_calls ORDER BY id
        """,
        Text));

    private static string Text(SqlRow r) =>
        $"{r.Text(0)}|{r.Text(1)}|{r.Text(2)}|{r.Text(3)}|{r.Text(4)}|{r.Whole(5)}|{r.Whole(6)}|{r.Whole(7)}|{r.Whole(8)}|{r.Real(9):R}|{r.Text(10)}|{r.Text(11)}";
}
