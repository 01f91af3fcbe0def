using Fangd.Protocols.Llm;
using Fangd.Server.Config;
using Fangd.Server.Providers.Resilience;
using Fangd.TestKit;

namespace Fangd.UnitTests.Providers;

/// <summary>A provider's client behind its circuit, on a clock that the test moves.</summary>
internal sealed class CircuitCase
{
    public CircuitCase(CallLimits limits, ScriptedClient client)
        : this(limits, client, new ManualTime())
    {
    }

    public CircuitCase(CallLimits limits, ILlmClient client, ManualTime time)
    {
        Time = time;
        Circuits = new ProviderCircuits(new ResilienceConfig(limits, new Dictionary<string, CallLimits>()), Time, () => 0, Log);
        Client = new ResilientClient(client, Circuits);
    }

    public static LlmTarget Target { get; } = new() { Provider = "Acme", ProviderId = "acme", BaseUrl = "http://acme", ApiKey = "k1" };

    public ManualTime Time { get; }

    public LogLines<ProviderCircuits> Log { get; } = new();

    public ProviderCircuits Circuits { get; }

    public ResilientClient Client { get; }

    public ProviderHealth Health => Assert.Single(Circuits.Health());

    public async Task<string> Ask(LlmTarget? target = null, LlmRequest? request = null)
    {
        var text = "";
        await foreach (var happened in Client.Stream(request ?? Request(), target ?? Target, TestContext.Current.CancellationToken))
            text += happened.Text;
        return text;
    }

    /// <summary>Asks, and moves the clock on whenever somebody sleeps; the answer and for how long was slept.</summary>
    public async Task<(string Text, TimeSpan Slept)> AskPatiently(LlmTarget? target = null)
    {
        var start = Time.GetUtcNow();
        var asking = Ask(target);
        while (await Task.WhenAny(asking, Time.WaitForTimers(1, TestContext.Current.CancellationToken)) != asking)
            Time.Advance(TimeSpan.FromMilliseconds(250));
        return (await asking, Time.GetUtcNow() - start);
    }

    public async Task<LlmException> Fails(LlmTarget? target = null) => await Assert.ThrowsAsync<LlmException>(() => Ask(target));

    public static LlmRequest Request() => new() { Model = "m1", Messages = [LlmMessage.User("hi")] };
}
