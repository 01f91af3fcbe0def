using Fangd.Protocols.Llm;
using Fangd.Server.Config;
using Fangd.Server.Providers;
using Fangd.TestKit;
using Fangd.UnitTests.Vault;

namespace Fangd.UnitTests.Providers;

public sealed class KeyRotationTests : IDisposable
{
    private static readonly LlmTarget ThreeKeys = CircuitCase.Target with { MoreKeys = ["k2", "k3"] };
    private readonly TempFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Keys_are_used_in_turn()
    {
        var client = new ScriptedClient(Say.Answer("ok"));
        var acme = new CircuitCase(new CallLimits(), client);
        for (var i = 0; i < 4; i++)
            await acme.Ask(ThreeKeys);
        Assert.Equal(["k1", "k2", "k3", "k1"], Keys(client));
    }

    [Theory]
    [InlineData(LlmFault.Auth, 600)]
    [InlineData(LlmFault.Billing, 600)]
    [InlineData(LlmFault.RateLimit, 60)]
    public async Task A_key_that_is_refused_is_set_aside_for_a_while_and_the_next_one_used_at_once(LlmFault fault, int seconds)
    {
        var client = new ScriptedClient { Rule = (_, target) => target.ApiKey == "k1" ? Say.Fail(fault) : Say.Answer("ok") };
        var acme = new CircuitCase(new CallLimits(), client);
        for (var i = 0; i < 3; i++)
            Assert.Equal("ok", await acme.Ask(ThreeKeys));
        Assert.Equal(["k1", "k2", "k3", "k2"], Keys(client));

        acme.Time.Advance(TimeSpan.FromSeconds(seconds));
        client.Calls.Clear();
        for (var i = 0; i < 3; i++)
            await acme.Ask(ThreeKeys);
        Assert.Contains("k1", Keys(client));
        Assert.DoesNotContain(acme.Log.All, line => line.Contains("k1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task When_all_keys_are_refused_the_caller_hears_it_and_each_was_tried_once()
    {
        var client = new ScriptedClient(Say.Fail(LlmFault.Auth));
        var acme = new CircuitCase(new CallLimits(), client);
        Assert.Equal(LlmFault.Auth, (await acme.Fails(ThreeKeys)).Fault);
        Assert.Equal(["k1", "k2", "k3"], Keys(client));
    }

    [Fact]
    public void Keys_come_from_commas_and_from_numbered_variables()
    {
        var settings = Settings(new() { ["GROQ_API_KEY"] = "a, b,,a", ["GROQ_API_KEY_2"] = "c", ["GROQ_API_KEY_3"] = "d,e", ["GROQ_API_KEY_5"] = "f" });
        var target = settings.Target(new("groq", "m"), out _);
        Assert.Equal("a", target.ApiKey);
        Assert.Equal(["b", "c", "d", "e"], target.MoreKeys);
        Assert.Equal("groq", target.ProviderId);
    }

    [Fact]
    public void One_key_stays_one_key()
    {
        var target = Settings(new() { ["GROQ_API_KEY"] = "a" }).Target(new("groq", "m"), out _);
        Assert.Equal(("a", 0), (target.ApiKey, target.MoreKeys.Count));
    }

    private static IEnumerable<string?> Keys(ScriptedClient client) => client.Calls.Select(call => call.Target.ApiKey);

    private ProviderSettings Settings(Dictionary<string, string> environment) =>
        new(VaultRig.Keys(_home.Root, environment.GetValueOrDefault), new Dictionary<string, string>());
}
