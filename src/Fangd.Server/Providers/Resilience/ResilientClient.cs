using Fangd.Protocols.Llm;

namespace Fangd.Server.Providers.Resilience;

/// <summary>
/// A wire family's client behind the circuits of its providers: what can pass by itself is tried again, a provider that is down is left alone
/// for a while. Once an event was seen nothing is repeated, since the reader has acted on it.
/// </summary>
internal sealed class ResilientClient(ILlmClient client, ProviderCircuits circuits) : ILlmClient
{
    /// <inheritdoc/>
    public IAsyncEnumerable<LlmEvent> Stream(LlmRequest request, LlmTarget target, CancellationToken run) =>
        circuits.Of(target).Stream(client, request, target, run);
}
