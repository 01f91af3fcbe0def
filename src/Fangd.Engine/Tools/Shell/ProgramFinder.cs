namespace Fangd.Engine.Tools.Shell;

/// <summary>A program that a command names.</summary>
/// <param name="Name">By what it is known: its bare name, or the path when it does not lie where programs are looked up.</param>
/// <param name="Path">The absolute path that is run.</param>
/// <param name="RealName">The name of the file that the path leads to in the end.</param>
internal sealed record ShellProgram(string Name, string Path, string RealName);

/// <summary>
/// Looks programs up once; what was found is what runs. The workspace is never looked into by name, so a file there cannot take the place of a
/// program.
/// </summary>
/// <param name="folders">Where bare names are looked up.</param>
/// <param name="daemon">The daemon's own binary, which agents do not run; null when it is not known.</param>
internal sealed class ProgramFinder(IReadOnlyList<string> folders, string? daemon)
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private readonly string? _daemon = daemon is null ? null : RealPath(daemon);

    /// <param name="word">What the command says.</param>
    /// <param name="workspace">Where relative paths begin, and what is not looked into by name.</param>
    /// <param name="isStrict">Paths that are not written out straight are refused.</param>
    public ShellProgram Find(string word, string workspace, bool isStrict)
    {
        if (word.Length == 0)
            throw new CommandRefusal("the name of the program is empty");
        foreach (var sign in word)
        {
            if (sign is <= ' ' or > '~')
                throw new CommandRefusal("the name of the program has other characters than visible ASCII");
        }
        var path = word.Contains('/') ? Explicit(word, workspace, isStrict) : Lookup(word, workspace);
        if (path is null)
            throw new CommandRefusal($"there is no program \"{word}\"");
        var real = RealPath(path);
        if (_daemon is not null && (real == _daemon || System.IO.Path.GetFileName(real) == System.IO.Path.GetFileName(_daemon)))
            throw new CommandRefusal("the daemon's own program is not for agents");
        var name = System.IO.Path.GetFileName(path);
        var isUsual = word == name || Lookup(name, workspace) == path;
        return new ShellProgram(isUsual ? name : word, path, System.IO.Path.GetFileName(real));
    }

    private static string? Explicit(string word, string workspace, bool isStrict)
    {
        if (isStrict && (word[0] != '/' || word.Split('/').Skip(1).Any(part => part is "" or "." or "..")))
            throw new CommandRefusal($"\"{word}\" is a path with detours: write the program's name");
        var path = System.IO.Path.GetFullPath(word, workspace);
        return IsProgram(path) ? path : null;
    }

    private string? Lookup(string name, string workspace)
    {
        foreach (var folder in folders)
        {
            if (IsBelow(folder, workspace))
                continue;
            var path = System.IO.Path.Combine(folder, name);
            if (IsProgram(path))
                return path;
        }
        return null;
    }

    private static bool IsBelow(string path, string folder) => path == folder || path.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal);

    private static bool IsProgram(string path)
    {
        try
        {
            return File.Exists(path) && (File.GetUnixFileMode(path) & AnyExecute) != 0;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string RealPath(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        }
        catch (IOException)
        {
            return path;
        }
    }
}
