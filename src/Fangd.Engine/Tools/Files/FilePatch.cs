namespace Fangd.Engine.Tools.Files;

/// <summary>What a patch does to one file.</summary>
internal enum PatchAction
{
    Add,
    Update,
    Delete,
}

/// <summary>One place of a file that changes: <paramref name="Old"/> lines give way to <paramref name="New"/> ones.</summary>
/// <param name="Anchor">A line above the place, from the <c>@@</c> line; empty for none.</param>
/// <param name="Old">Context and removed lines.</param>
/// <param name="New">Context and added lines.</param>
/// <param name="IsAtEnd">The place is the end of the file.</param>
internal sealed record PatchHunk(string Anchor, IReadOnlyList<string> Old, IReadOnlyList<string> New, bool IsAtEnd);

/// <summary>The part of a patch that is about one file.</summary>
internal sealed record FilePatch(PatchAction Action, string Path, string? MoveTo, IReadOnlyList<PatchHunk> Hunks)
{
    private const string Begin = "*** Begin Patch";
    private const string End = "*** End Patch";

    /// <summary>Reads a patch in the form that models are trained on; throws <see cref="FileRefusal"/> with the line that is wrong.</summary>
    public static List<FilePatch> Parse(string patch)
    {
        var lines = patch.ReplaceLineEndings("\n").Trim('\n').Split('\n');
        var first = Array.FindIndex(lines, line => line.TrimEnd() == Begin);
        if (first < 0)
            throw new FileRefusal($"The argument \"patch\" must begin with the line \"{Begin}\".");
        var files = new List<FilePatch>();
        var at = first + 1;
        while (at < lines.Length && lines[at].TrimEnd() != End)
            files.Add(ReadFile(lines, ref at));
        if (at == lines.Length)
            throw new FileRefusal($"The argument \"patch\" must end with the line \"{End}\".");
        return files.Count > 0 ? files : throw new FileRefusal("The patch changes no file.");
    }

    private static FilePatch ReadFile(string[] lines, ref int at)
    {
        var line = lines[at].TrimEnd();
        var (action, path) = line switch
        {
            _ when line.StartsWith("*** Add File: ", StringComparison.Ordinal) => (PatchAction.Add, line[14..]),
            _ when line.StartsWith("*** Update File: ", StringComparison.Ordinal) => (PatchAction.Update, line[17..]),
            _ when line.StartsWith("*** Delete File: ", StringComparison.Ordinal) => (PatchAction.Delete, line[17..]),
            _ => throw new FileRefusal($"Line {at + 1} of the patch must begin with \"*** Add File: \", \"*** Update File: \" or \"*** Delete File: \"."),
        };
        at++;
        string? moveTo = null;
        if (action is PatchAction.Update && at < lines.Length && lines[at].StartsWith("*** Move to: ", StringComparison.Ordinal))
            moveTo = lines[at++][13..].TrimEnd();
        var hunks = new List<PatchHunk>();
        while (at < lines.Length && !IsHeader(lines[at]))
            hunks.Add(action is PatchAction.Delete ? throw new FileRefusal($"Line {at + 1} of the patch: a deleted file has no lines.") : ReadHunk(lines, ref at, action));
        if (hunks.Count == 0 && action is PatchAction.Update && moveTo is null)
            throw new FileRefusal($"The patch changes nothing in \"{path}\".");
        return new FilePatch(action, path.Trim(), moveTo, hunks);
    }

    private static PatchHunk ReadHunk(string[] lines, ref int at, PatchAction action)
    {
        var (anchor, old, added, isAtEnd) = ("", new List<string>(), new List<string>(), false);
        if (lines[at].StartsWith("@@", StringComparison.Ordinal))
            anchor = lines[at++][2..].Trim();
        while (at < lines.Length && !IsHeader(lines[at]) && !lines[at].StartsWith("@@", StringComparison.Ordinal))
        {
            var line = lines[at++];
            if (line.TrimEnd() == "*** End of File")
            {
                isAtEnd = true;
                break;
            }

            var text = line.Length > 0 ? line[1..] : "";
            switch (line.Length > 0 ? line[0] : ' ')
            {
                case '+':
                    added.Add(text);
                    break;
                case '-' when action is PatchAction.Update:
                    old.Add(text);
                    break;
                case ' ' when action is PatchAction.Update:
                    old.Add(text);
                    added.Add(text);
                    break;
                default:
                    throw new FileRefusal($"Line {at} of the patch must begin with {(action is PatchAction.Add ? "+" : "a space, + or -")}.");
            }
        }

        return new PatchHunk(anchor, old, added, isAtEnd);
    }

    private static bool IsHeader(string line) =>
        line.TrimEnd() == End || (line.StartsWith("*** ", StringComparison.Ordinal) && line.Contains(" File: ", StringComparison.Ordinal));
}
