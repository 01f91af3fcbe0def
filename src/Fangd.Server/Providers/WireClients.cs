using Fangd.Protocols.Llm;

namespace Fangd.Server.Providers;

/// <summary>One client a wire family.</summary>
internal sealed class WireClients(ILlmClient openAi, ILlmClient anthropic, ILlmClient gemini)
{
    /// <summary>The client that speaks a provider's format. Throws <see cref="LlmException"/> for a provider that no client can speak to.</summary>
    public ILlmClient Of(Provider provider) => provider.Family switch
    {
        WireFamily.OpenAi => openAi,
        WireFamily.Anthropic => anthropic,
        WireFamily.Gemini => gemini,
        _ => throw new LlmException(LlmFault.ModelNotFound, $"{provider.Name} has a wire format that fangd does not speak; use it through an OpenAI-compatible gateway"),
    };
}
