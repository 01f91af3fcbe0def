namespace Fangd.Engine.Embeddings;

/// <summary>The port to embedding models: texts to vectors whose closeness is closeness of meaning.</summary>
public interface IEmbedder
{
    /// <summary>Names the space of the vectors (<c>provider/model</c>): those of different spaces cannot be compared. Empty when nothing is configured.</summary>
    string Space { get; }

    /// <summary>Whether a call is worth while now: something is configured and not known to be away.</summary>
    bool IsReady { get; }

    /// <summary>
    /// One vector a text, in their order, each of length 1; null when nothing is configured or the server is away, which is no error:
    /// whoever asks goes on without. Throws only for cancellation.
    /// </summary>
    ValueTask<IReadOnlyList<float[]>?> Embed(IReadOnlyList<string> texts, CancellationToken run);
}
