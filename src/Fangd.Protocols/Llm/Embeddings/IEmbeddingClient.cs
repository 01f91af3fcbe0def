namespace Fangd.Protocols.Llm.Embeddings;

/// <summary>A client of one family of embedding servers. Stateless and safe for concurrent calls.</summary>
public interface IEmbeddingClient
{
    /// <summary>
    /// One vector a text, in their order, as the server gave them. The call may take the target's first-byte time. Throws
    /// <see cref="LlmException"/> for every failure but cancellation.
    /// </summary>
    Task<IReadOnlyList<float[]>> Embed(string model, IReadOnlyList<string> texts, LlmTarget target, CancellationToken run);
}
