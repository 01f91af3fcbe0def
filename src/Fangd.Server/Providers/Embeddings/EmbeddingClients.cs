using Fangd.Engine.Embeddings;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.Embeddings;
using Fangd.Server.Config;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Providers.Embeddings;

/// <summary>The clients of the families that have embeddings.</summary>
internal sealed class EmbeddingClients(IEmbeddingClient openAi, IEmbeddingClient gemini, IEmbeddingClient ollama)
{
    public EmbeddingClients(HttpClient http, TimeProvider time)
        : this(new OpenAiEmbeddings(http, time), new GeminiEmbeddings(http, time), new OllamaEmbeddings(http, time))
    {
    }

    public IEmbeddingClient For(Provider provider) => provider switch
    {
        { Id: "ollama" } => ollama,
        { Family: WireFamily.OpenAi } => openAi,
        { Family: WireFamily.Gemini } => gemini,
        _ => throw new LlmException(LlmFault.ModelNotFound, $"{provider.Name} has no embeddings that this daemon knows; set another embedding_provider"),
    };

    /// <summary>The configured embedder; one that gives nothing while <c>embedding_model</c> is not set.</summary>
    public IEmbedder Open(EmbeddingConfig config, DefaultModel defaults, ProviderSettings settings, TimeProvider time, ILogger<Embedder> log) =>
        config.Model is { } model
            ? new Embedder(new ModelRef(config.Provider ?? defaults.Model.Provider, model) { ApiKeyEnv = config.ApiKeyEnv }, settings, this, time, log)
            : new NoEmbedder();
}
