using Fangd.Engine.Agents;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.OpenAi;
using Fangd.Server.Config;
using Fangd.Server.Metrics;
using Fangd.Server.Providers;
using Fangd.Server.Providers.Resilience;
using Fangd.TestKit;
using Fangd.UnitTests.Llm;
using Fangd.UnitTests.Usage;
using Fangd.UnitTests.Vault;

namespace Fangd.UnitTests.Providers;

public sealed class ModelChainTests : IDisposable
{
    private static readonly ModelRef Asked = new("acme", "big");
    private readonly TempFolder _home = new();
    private readonly List<string> _events = [];
    private readonly LogLines<ModelChains> _log = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData(LlmFault.ModelNotFound)]
    [InlineData(LlmFault.Auth)]
    [InlineData(LlmFault.Billing)]
    [InlineData(LlmFault.RateLimit)]
    [InlineData(LlmFault.Overloaded)]
    [InlineData(LlmFault.Unreachable)]
    [InlineData(LlmFault.Timeout)]
    [InlineData(LlmFault.Garbage)]
    public async Task The_next_model_answers_when_one_fails_before_it_has_said_anything(LlmFault fault)
    {
        var chain = Chain(new ModelsByName(("big", new ScriptedModel(Say.Fail(fault))), ("small", new ScriptedModel(Say.Answer("ok")))), Fallback("small"));
        var events = await All(chain);
        Assert.Equal(LlmEvent.AnsweredBy(new LlmModelName("acme", "small")), events[0]);
        Assert.Equal("ok", events[1].Text);
        Assert.Equal([$"model_fallback a1 acme/big failed, acme/small is asked instead: The scripted provider failed: {fault}."], _events);
        Assert.Contains("Run r1 of Ada: acme/big failed, acme/small is asked instead", Assert.Single(_log.All), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LlmFault.BadRequest)]
    [InlineData(LlmFault.ContextOverflow)]
    public async Task What_is_the_callers_fault_is_not_passed_on(LlmFault fault)
    {
        var small = new ScriptedModel(Say.Answer("ok"));
        var chain = Chain(new ModelsByName(("big", new ScriptedModel(Say.Fail(fault))), ("small", small)), Fallback("small"));
        Assert.Equal(fault, (await Assert.ThrowsAsync<LlmException>(() => All(chain))).Fault);
        Assert.Equal(0, small.Calls);
    }

    [Fact]
    public async Task A_model_that_has_begun_to_speak_is_not_replaced()
    {
        var small = new ScriptedModel(Say.Answer("ok"));
        var chain = Chain(new ModelsByName(("big", new ScriptedModel([Say.Text("half"), Say.Fault(LlmFault.Interrupted)])), ("small", small)), Fallback("small"));
        await Assert.ThrowsAsync<LlmException>(() => All(chain));
        Assert.Equal(0, small.Calls);
    }

    [Fact]
    public async Task The_agents_own_come_first_then_the_configured_ones_and_the_failure_names_all()
    {
        var models = new ModelsByName(
            ("big", new ScriptedModel(Say.Fail(LlmFault.RateLimit, TimeSpan.FromSeconds(40)))),
            ("own", new ScriptedModel(Say.Fail(LlmFault.Auth))),
            ("common", new ScriptedModel(Say.Fail(LlmFault.Unreachable))));
        var chain = Chain(models, [new FallbackProviderConfig("acme", "common", null, null)], Fallback("own"), Fallback("big"));
        var failure = await Assert.ThrowsAsync<LlmException>(() => All(chain));
        Assert.Equal((LlmFault.RateLimit, TimeSpan.FromSeconds(40)), (failure.Fault, failure.RetryAfter));
        Assert.Equal(
            "The scripted provider failed: RateLimit. (also tried acme/own: The scripted provider failed: Auth.; acme/common: The scripted provider failed: Unreachable.)",
            failure.Message);
        Assert.Equal(2, _events.Count);
    }

    [Fact]
    public async Task The_model_that_answered_is_asked_first_for_the_rest_of_the_run()
    {
        var big = new ScriptedModel(Say.Fail(LlmFault.Unreachable), Say.Answer("big again"));
        var small = new ScriptedModel(Say.Answer("small"), Say.Answer("small"), Say.Fail(LlmFault.Overloaded));
        var chain = Chain(new ModelsByName(("big", big), ("small", small)), Fallback("small"));
        await All(chain);
        await All(chain);
        Assert.Equal((1, 2), (big.Calls, small.Calls));
        // It fails in turn, and the first one is back.
        Assert.Equal("big again", (await All(chain))[0].Text);
    }

    [Fact]
    public async Task A_run_names_and_prices_the_model_that_answered()
    {
        var models = new ModelsByName(
            ("big", new ScriptedModel(Say.Fail(LlmFault.Overloaded)) { CostPerMillion = 100 }),
            ("small", new ScriptedModel(Say.Answer("ok")) { CostPerMillion = 1 }));
        var input = new TurnInput
        {
            RunId = "r1",
            Agent = new AgentManifest { Name = "Ada" },
            Messages = [LlmMessage.User("hi")],
            Model = Asked,
        };
        var result = await new TurnLoop().Run(
            input, new ListConversation(), Chain(models, Fallback("small")), new ScriptedTools(), new RecordingSink(), TestContext.Current.CancellationToken);
        Assert.Equal(("ok", "small", 15e-6), (result.Text, result.Model, Math.Round(result.CostUsd, 9)));
    }

    [Theory]
    [InlineData("dead", "cannot be reached")]
    [InlineData("groq", "no API key for Groq")]
    public async Task A_provider_that_is_down_or_has_no_key_at_the_start_is_survived(string provider, string reason)
    {
        await using var alive = StandIn.Always(StandIn.Reply.Stream("data: {\"choices\":[{\"delta\":{\"content\":\"ok\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"));
        var settings = new ProviderSettings(
            VaultRig.Keys(_home.Root, _ => null),
            new Dictionary<string, string> { ["dead"] = "http://127.0.0.1:1/v1", ["alive"] = alive.Url });
        var circuits = new CircuitCase(new CallLimits { Retries = 0 }, new OpenAiChatClient(Calls.Http, TimeProvider.System), new ManualTime());
        using var rig = new MeteringRig();
        var resolver = new ModelResolver(settings, rig.Catalog, new WireClients(circuits.Client, circuits.Client, circuits.Client));
        var chain = Chain(resolver, [new FallbackProviderConfig("alive", "m", null, null)]);
        var text = "";
        await foreach (var happened in chain.Stream(new ModelRef(provider, "m"), CircuitCase.Request(), TestContext.Current.CancellationToken))
            text += happened.Text;
        Assert.Equal("ok", text);
        Assert.Contains(reason, Assert.Single(_events), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_tell_of_providers_and_of_models_in_reserve()
    {
        var acme = new CircuitCase(new CallLimits { Retries = 0, FailuresToOpen = 2 }, new ScriptedClient(Say.Answer("ok"), Say.Fail(LlmFault.Unreachable)));
        await acme.Ask();
        // The first failure opens the circuit, the second call is not let through.
        await acme.Fails();
        await acme.Fails();
        var chains = new ModelChains(new DefaultModel(Asked), [], Record, _log);
        var models = new ModelsByName(("big", new ScriptedModel(Say.Fail(LlmFault.Auth))), ("small", new ScriptedModel(Say.Answer("ok"))));
        await All(chains.For("a1", "Ada", [Fallback("small")], models, "r1"));
        var text = new MetricsText();
        ProviderMetrics.Write(text, acme.Circuits, chains);
        Assert.Equal(
            [
                "fangd_provider_circuit_state{provider=\"acme\"} 2",
                "fangd_provider_calls_total{provider=\"acme\",outcome=\"answered\"} 1",
                "fangd_provider_calls_total{provider=\"acme\",outcome=\"failed\"} 1",
                "fangd_provider_calls_total{provider=\"acme\",outcome=\"rejected\"} 1",
                "fangd_provider_retries_total{provider=\"acme\"} 0",
                "fangd_provider_circuit_opened_total{provider=\"acme\"} 1",
                "fangd_provider_calls_active{provider=\"acme\"} 0",
                "fangd_model_fallbacks_total 1",
            ],
            text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith('#')));
    }

    [Theory]
    [InlineData(40, 0, "s")]
    [InlineData(400, 0, "m")]
    [InlineData(40, 5, "m")]
    [InlineData(4000, 0, "c")]
    [InlineData(40, 30, "c")]
    public void A_question_goes_to_the_model_for_its_complexity(int letters, int tools, string model)
    {
        var agent = new AgentManifest { Name = "Ada", Routing = new AgentRouting("s", "m", "c", 50, 500) };
        var score = ComplexityRouting.Score([LlmMessage.User(new string('x', letters))], tools);
        Assert.Equal(Asked with { Model = model }, ComplexityRouting.Choose(agent, Asked, score));
    }

    [Fact]
    public void A_pinned_model_and_a_slot_that_says_default_are_not_routed()
    {
        var agent = new AgentManifest { Name = "Ada", Routing = new AgentRouting("default", "m", "c") };
        Assert.Same(Asked, ComplexityRouting.Choose(agent, Asked, 0));
        Assert.Same(Asked, ComplexityRouting.Choose(agent with { PinnedModel = "big" }, Asked, 10_000));
    }

    private static FallbackModel Fallback(string model) => new("acme", model, null, null);

    private static async Task<List<LlmEvent>> All(IChatModel chain)
    {
        var all = new List<LlmEvent>();
        await foreach (var happened in chain.Stream(Asked, CircuitCase.Request(), TestContext.Current.CancellationToken))
            all.Add(happened);
        return all;
    }

    private IChatModel Chain(IChatModel models, params FallbackModel[] own) => Chain(models, [], own);

    private IChatModel Chain(IChatModel models, FallbackProviderConfig[] configured, params FallbackModel[] own) =>
        new ModelChains(new DefaultModel(Asked), configured, Record, _log).For("a1", "Ada", own, models, "r1");

    private Task Record(string kind, string? agent, string detail)
    {
        _events.Add($"{kind} {agent} {detail}");
        return Task.CompletedTask;
    }
}
