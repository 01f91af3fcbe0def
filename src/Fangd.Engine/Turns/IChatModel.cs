using Fangd.Protocols.Llm;

namespace Fangd.Engine.Turns;

/// <summary>A model as an agent or a caller names it; the resolver turns it into a client, an address and a key.</summary>
public sealed record ModelRef(string Provider, string Model)
{
    /// <summary>Name of the environment variable of the key; null for the provider's own.</summary>
    public string? ApiKeyEnv { get; init; }

    /// <summary>A base URL that replaces the provider's.</summary>
    public string? BaseUrl { get; init; }
}

/// <summary>The port to language models. One implementation resolves names, keys, addresses, retries and fallbacks.</summary>
public interface IChatModel
{
    /// <summary>The context window of the model in tokens; a default where it is not known.</summary>
    int ContextWindow(ModelRef model);

    /// <summary>What these tokens cost in USD; 0 for local models and for models whose price is not known.</summary>
    double Cost(ModelRef model, LlmUsage usage);

    /// <summary>
    /// Streams one call; <see cref="LlmRequest.Model"/> is replaced by the resolved name. Failures that can be retried have been
    /// retried before anything was yielded. Throws <see cref="LlmException"/>.
    /// </summary>
    IAsyncEnumerable<LlmEvent> Stream(ModelRef model, LlmRequest request, CancellationToken run);
}
