namespace Fangd.Engine.Tools.Files;

/// <summary>A path as a model wrote it, taken apart into names below the workspace. Whether they exist is not looked at here.</summary>
/// <param name="Text">The path for answers, shortened and without control characters.</param>
/// <param name="Names">The names from the workspace down; empty for the workspace itself.</param>
/// <param name="EndsInSlash">Written as a folder.</param>
internal sealed record WorkspacePath(string Text, IReadOnlyList<string> Names, bool EndsInSlash)
{
    /// <summary>Most characters of a path.</summary>
    private const int MaxLength = 4096;

    /// <summary>Throws <see cref="FileRefusal"/> for a path that leads outside or cannot be one.</summary>
    public static WorkspacePath Parse(string path, string workspace)
    {
        if (path.Length == 0)
            throw new FileRefusal("The argument \"path\" is empty; expected a path in the workspace such as notes/today.md.");
        var text = Shown(path);
        if (path.Length > MaxLength)
            throw new FileRefusal($"The path \"{text}\" is too long; at most {MaxLength} characters.");
        if (path.Contains('\0'))
            throw new FileRefusal($"The path \"{text}\" is denied: it contains a NUL character.");

        var rest = path.StartsWith('/') ? BelowWorkspace(path, workspace, text) : path;
        var names = rest.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(name => name != ".").ToArray();
        // ".." could be allowed where it stays inside, but no model needs it and nothing else would have to be right then.
        if (names.Contains(".."))
            throw new FileRefusal($"The path \"{text}\" is denied: \"..\" may lead outside the workspace.");
        if (names is ["~", ..])
            throw new FileRefusal($"The path \"{text}\" is denied: the home folder is outside the workspace.");
        return new WorkspacePath(text, names, rest.EndsWith('/') || rest.EndsWith("/.") || rest is ".");
    }

    private static string BelowWorkspace(string path, string workspace, string text)
    {
        var root = workspace.TrimEnd('/');
        if (path.StartsWith(root, StringComparison.Ordinal) && (path.Length == root.Length || path[root.Length] == '/'))
            return path[root.Length..];
        throw new FileRefusal($"The path \"{text}\" is denied: it is outside the workspace. Use a relative path.");
    }

    private static string Shown(string path)
    {
        var shown = string.Concat(path.Take(200).Select(symbol => char.IsControl(symbol) || char.IsSurrogate(symbol) ? '?' : symbol));
        return path.Length > 200 ? shown + "…" : shown;
    }
}
