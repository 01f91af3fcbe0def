namespace Fangd.Engine.Embeddings;

/// <summary>Nothing is configured.</summary>
public sealed class NoEmbedder : IEmbedder
{
    public string Space => "";

    public bool IsReady => false;

    public ValueTask<IReadOnlyList<float[]>?> Embed(IReadOnlyList<string> texts, CancellationToken run) => ValueTask.FromResult<IReadOnlyList<float[]>?>(null);
}
