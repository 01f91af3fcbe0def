using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;

namespace Fangd.Server.Providers;

/// <summary>The daemon's <see cref="IChatModel"/>: names to client, address and key, the only place that does it.</summary>
internal sealed class ModelResolver(ProviderSettings settings, ILlmClient openAi) : IChatModel
{
    /// <summary>Assumed where nothing is known of a model; the provider's own refusal is understood as well.</summary>
    private const int UnknownWindow = 128_000;

    public int ContextWindow(ModelRef model) => UnknownWindow;

    public double Cost(ModelRef model, LlmUsage usage) => 0;

    public IAsyncEnumerable<LlmEvent> Stream(ModelRef model, LlmRequest request, CancellationToken run)
    {
        var target = settings.Target(model, out var provider);
        if (provider.Family != WireFamily.OpenAi)
            throw new LlmException(LlmFault.ModelNotFound, $"{provider.Name} is not OpenAI-compatible, and this version speaks no other format yet");
        return openAi.Stream(request with { Model = model.Model }, target, run);
    }
}
