namespace Fangd.Engine.Tools.Files;

/// <summary>
/// Applies the hunks of a patch to a text. A place is looked for by its lines: exactly, then without trailing white space, then without any
/// white space around, because models are not exact about it. Line ends stay what they were.
/// </summary>
internal static class PatchedText
{
    private static readonly Func<string, string>[] _tolerances = [line => line, line => line.TrimEnd(), line => line.Trim()];

    /// <summary>Throws <see cref="FileRefusal"/> with the lines that are not there.</summary>
    public static string Apply(string text, IReadOnlyList<PatchHunk> hunks, string path)
    {
        var ending = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        var lines = text.ReplaceLineEndings("\n").Split('\n').ToList();
        var endsInNewLine = lines is [.., ""];
        if (endsInNewLine)
            lines.RemoveAt(lines.Count - 1);
        var from = 0;
        foreach (var hunk in hunks)
        {
            if (hunk.Anchor.Length > 0)
                from = Anchor(lines, hunk.Anchor, from, path);
            var place = hunk.Old.Count > 0 ? Place(lines, hunk, from, path) : hunk.IsAtEnd || hunk.Anchor.Length == 0 ? lines.Count : from;
            lines.RemoveRange(place, hunk.Old.Count);
            lines.InsertRange(place, hunk.New);
            from = place + hunk.New.Count;
        }

        return string.Join(ending, lines) + (endsInNewLine || text.Length == 0 ? ending : "");
    }

    private static int Anchor(List<string> lines, string anchor, int from, string path)
    {
        var at = lines.FindIndex(Math.Min(from, lines.Count), line => line.Trim() == anchor.Trim());
        return at >= 0 ? at + 1 : throw new FileRefusal($"\"{path}\" has no line \"{Shown(anchor)}\" (from an @@ line of the patch){From(from)}.");
    }

    private static int Place(List<string> lines, PatchHunk hunk, int from, string path)
    {
        foreach (var read in _tolerances)
        {
            var last = lines.Count - hunk.Old.Count;
            if (hunk.IsAtEnd && last >= from && Fits(lines, hunk.Old, last, read))
                return last;
            for (var at = from; at <= last; at++)
            {
                if (Fits(lines, hunk.Old, at, read))
                    return at;
            }
        }

        throw new FileRefusal($"\"{path}\" does not have these lines, so nothing was changed{From(from)}:\n{string.Join('\n', hunk.Old.Take(20).Select(Shown))}");
    }

    private static bool Fits(List<string> lines, IReadOnlyList<string> wanted, int at, Func<string, string> read)
    {
        for (var i = 0; i < wanted.Count; i++)
        {
            if (read(lines[at + i]) != read(wanted[i]))
                return false;
        }

        return true;
    }

    private static string From(int line) => line == 0 ? "" : $" after line {line}";

    private static string Shown(string line) => line.Length <= 200 ? line : line[..200] + "…";
}
