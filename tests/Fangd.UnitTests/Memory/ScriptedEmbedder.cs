using Fangd.Engine.Embeddings;

namespace Fangd.UnitTests.Memory;

/// <summary>An embedding model of three meanings: tea, cars and everything else. A test says whether and when it answers.</summary>
internal sealed class ScriptedEmbedder(string space = "test/three") : IEmbedder
{
    private static readonly string[][] _meanings = [["tea", "beverage", "drink", "cup"], ["car", "vehicle", "engine", "wheel"]];

    public string Space => space;

    public bool IsReady { get; set; } = true;

    /// <summary>Never answers: the caller's patience decides.</summary>
    public bool IsStuck { get; set; }

    public int Calls { get; private set; }

    public async ValueTask<IReadOnlyList<float[]>?> Embed(IReadOnlyList<string> texts, CancellationToken run)
    {
        Calls++;
        if (IsStuck)
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, run);
        return IsReady ? [.. texts.Select(Vector)] : null;
    }

    private static float[] Vector(string text)
    {
        float[] vector = [0, 0, 0.1f];
        for (var meaning = 0; meaning < 2; meaning++)
            vector[meaning] = _meanings[meaning].Count(word => text.Contains(word, StringComparison.OrdinalIgnoreCase));
        var size = MathF.Sqrt(vector.Sum(value => value * value));
        return [.. vector.Select(value => value / size)];
    }
}
