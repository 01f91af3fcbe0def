namespace Fangd.Engine.Tools.Shell;

/// <summary>What a shell is told to run.</summary>
internal static class ShellScript
{
    /// <summary>
    /// The text after <c>-c</c>; null when the shell is to run a file. A shell that would read from its input is refused: nobody can know what
    /// comes.
    /// </summary>
    public static string? Of(IReadOnlyList<ShellWord> words)
    {
        var name = words[0].Value;
        var hasText = false;
        var at = 1;
        for (; at < words.Count && words[at].Value.StartsWith('-'); at++)
        {
            var option = words[at].Value;
            if (option is "--login" or "--norc" or "--noprofile" or "--posix")
                continue;
            if (option == "--")
            {
                at++;
                break;
            }
            if (option.Length < 2 || option.AsSpan(1).IndexOfAnyExcept("celux") >= 0)
                throw new CommandRefusal($"\"{name} {option}\" is not allowed");
            hasText |= option.Contains('c');
        }
        if (at >= words.Count)
            throw new CommandRefusal($"\"{name}\" without -c would run what comes over its input");
        if (!hasText)
            return null;
        if (at + 1 < words.Count)
            throw new CommandRefusal($"\"{name} -c\" takes one text here");
        return words[at].IsPattern ? throw new CommandRefusal($"the text for \"{name} -c\" has to stand in quotes") : words[at].Value;
    }
}
