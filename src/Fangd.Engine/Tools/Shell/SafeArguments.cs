namespace Fangd.Engine.Tools.Shell;

/// <summary>
/// What a safe program may be told. Most of them are safe with any arguments; the ones here would read or write anywhere, or run a program.
/// </summary>
internal static class SafeArguments
{
    private static readonly HashSet<string> _readers = new(StringComparer.Ordinal) { "cat", "sort", "uniq", "cut", "head", "tail", "wc", "date" };

    public static void Check(string name, IReadOnlyList<string> arguments, string workspace)
    {
        if (!_readers.Contains(name))
            return;
        var operands = 0;
        var areOptionsOver = false;
        foreach (var argument in arguments)
        {
            if (argument == "--" && !areOptionsOver)
            {
                areOptionsOver = true;
                continue;
            }
            var isOption = !areOptionsOver && argument.Length > 1 && argument[0] == '-';
            operands += isOption ? 0 : 1;
            if (isOption && name == "sort" && IsSortOption(argument))
                throw new CommandRefusal($"\"sort {argument}\" runs a program or writes a file");
            if (isOption && name == "date" && (argument[1] == 's' || argument.StartsWith("--s", StringComparison.Ordinal)))
                throw new CommandRefusal("the clock is not set by agents");
            if (LeavesWorkspace(argument, workspace))
                throw new CommandRefusal($"\"{name}\" keeps to the workspace here, and \"{argument}\" leads out of it");
        }
        if (name == "uniq" && operands > 1)
            throw new CommandRefusal("\"uniq\" with two files writes the second one");
    }

    /// <summary>Letters may stand together, as in -uo; a long option may be cut short.</summary>
    private static bool IsSortOption(string option) =>
        option.StartsWith("--", StringComparison.Ordinal)
            ? option.StartsWith("--c", StringComparison.Ordinal) && option.Contains("om", StringComparison.Ordinal)
                || option.StartsWith("--co", StringComparison.Ordinal)
                || option.StartsWith("--o", StringComparison.Ordinal)
                || option.StartsWith("--t", StringComparison.Ordinal)
            : option.AsSpan(1).IndexOfAny("oT") >= 0;

    /// <summary>Also behind an option, as in --files0-from=/x, -f/x.</summary>
    private static bool LeavesWorkspace(string argument, string workspace)
    {
        if (argument.Split('/', '=').Contains(".."))
            return true;
        var start = argument.IndexOf('/', StringComparison.Ordinal);
        // "a/b" is below the workspace; a path is absolute where it begins with the slash, or right behind an option.
        var isAbsolute = start == 0 || (start > 0 && (argument[start - 1] == '=' || (argument[0] == '-' && start == 2)));
        if (!isAbsolute)
            return LeadsOut(argument, workspace);
        var path = argument[start..];
        if (path is "/dev/null" || path == workspace)
            return false;
        return !path.StartsWith(workspace + "/", StringComparison.Ordinal) || LeadsOut(path[workspace.Length..], workspace);
    }

    /// <summary>A link on the way may lead anywhere.</summary>
    private static bool LeadsOut(string argument, string workspace)
    {
        var at = workspace;
        foreach (var part in argument.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            at = Path.Combine(at, part);
            if (new FileInfo(at).LinkTarget is null)
                continue;
            if (File.ResolveLinkTarget(at, returnFinalTarget: true) is not { } real || !real.FullName.StartsWith(workspace + "/", StringComparison.Ordinal))
                return true;
            at = real.FullName;
        }
        return false;
    }
}
