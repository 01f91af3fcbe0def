namespace Fangd.Engine.Turns;

/// <summary>The whole answers by which an agent says that it has nothing to say.</summary>
internal static class Silence
{
    private static readonly string[] Markers = ["NO_REPLY", "[SILENT]"];

    public static bool Is(ReadOnlySpan<char> answer)
    {
        var trimmed = answer.Trim();
        foreach (var marker in Markers)
            if (trimmed.SequenceEqual(marker))
                return true;
        return false;
    }

    /// <summary>Whether more text could make this a marker: such a beginning is not shown yet.</summary>
    public static bool MayBecome(ReadOnlySpan<char> beginning)
    {
        var trimmed = beginning.Trim();
        foreach (var marker in Markers)
            if (marker.AsSpan().StartsWith(trimmed))
                return true;
        return false;
    }
}
