namespace Fangd.Engine.Tools.Shell;

/// <summary>How a program runs another one.</summary>
internal enum WrapperKind
{
    /// <summary>Not at all, as far as is known.</summary>
    None,

    /// <summary>As text: <c>sh -c</c>.</summary>
    Shell,

    /// <summary>A shell whose language is another one, so its text cannot be looked at.</summary>
    ForeignShell,

    /// <summary>By the words that follow its options: <c>nice</c>, <c>env</c>.</summary>
    Prefix,

    /// <summary>As <see cref="Prefix"/>, with more words that come while it runs: <c>xargs</c>.</summary>
    Feeder,

    /// <summary><c>find</c>: by the words after <c>-exec</c>.</summary>
    Finder,

    /// <summary>With other rights: never.</summary>
    Elevator,
}

/// <summary>A program that runs others.</summary>
/// <param name="Kind">How.</param>
/// <param name="Valued">Options that take the next word: letters for short ones, whole words for long ones.</param>
/// <param name="Operands">How many words stand before the inner command.</param>
internal sealed record CommandWrapper(WrapperKind Kind, string Valued = "", int Operands = 0)
{
    /// <summary>Words NAME=VALUE stand before the inner command.</summary>
    public bool HasVariables { get; init; }

    /// <summary>Options that would run something by themselves.</summary>
    public string Refused { get; init; } = "";

    private static readonly CommandWrapper _shell = new(WrapperKind.Shell);
    private static readonly CommandWrapper _foreign = new(WrapperKind.ForeignShell);
    private static readonly CommandWrapper _elevator = new(WrapperKind.Elevator);

    private static readonly Dictionary<string, CommandWrapper> _known = new(StringComparer.Ordinal)
    {
        ["sh"] = _shell,
        ["bash"] = _shell,
        ["dash"] = _shell,
        ["ash"] = _shell,
        ["rbash"] = _shell,
        ["zsh"] = _foreign,
        ["ksh"] = _foreign,
        ["ksh93"] = _foreign,
        ["mksh"] = _foreign,
        ["fish"] = _foreign,
        ["csh"] = _foreign,
        ["tcsh"] = _foreign,
        ["pwsh"] = _foreign,
        ["powershell"] = _foreign,
        ["cmd"] = _foreign,
        ["sudo"] = _elevator,
        ["doas"] = _elevator,
        ["su"] = _elevator,
        ["runuser"] = _elevator,
        ["pkexec"] = _elevator,
        ["setpriv"] = _elevator,
        ["env"] = new(WrapperKind.Prefix, "uC --unset --chdir") { HasVariables = true, Refused = "S --split-string" },
        ["nice"] = new(WrapperKind.Prefix, "n --adjustment"),
        ["nohup"] = new(WrapperKind.Prefix),
        ["setsid"] = new(WrapperKind.Prefix),
        ["timeout"] = new(WrapperKind.Prefix, "sk --signal --kill-after", Operands: 1),
        ["stdbuf"] = new(WrapperKind.Prefix, "ioe --input --output --error"),
        ["ionice"] = new(WrapperKind.Prefix, "cn --class --classdata") { Refused = "pPu --pid --pgid --uid" },
        ["taskset"] = new(WrapperKind.Prefix, "", Operands: 1) { Refused = "p --pid" },
        ["time"] = new(WrapperKind.Prefix, "fo --format --output"),
        ["xargs"] = new(WrapperKind.Feeder, "aEILnPsd --arg-file --delimiter --max-lines --max-args --max-procs --max-chars --replace --process-slot-var"),
        ["find"] = new(WrapperKind.Finder),
    };

    private static readonly CommandWrapper _none = new(WrapperKind.None);

    /// <summary>Whether the program is many, chosen by the name under which it is called.</summary>
    public static bool IsManyInOne(string realName) => realName is "busybox" or "toybox" or "coreutils" or "busybox.static";

    /// <summary>
    /// What is known of a program. A link may hide a shell behind another name: then the file's name counts.
    /// </summary>
    public static CommandWrapper Of(ShellProgram program)
    {
        var name = program.Name[(program.Name.LastIndexOf('/') + 1)..];
        var byName = _known.GetValueOrDefault(name, _none);
        if (IsManyInOne(program.RealName) || program.RealName == name)
            return byName;
        var byFile = _known.GetValueOrDefault(program.RealName, _none);
        return byFile.Kind == byName.Kind || byFile.Kind == WrapperKind.None
            ? byName
            : throw new CommandRefusal($"\"{program.Name}\" is {program.RealName} under another name");
    }

    /// <summary>The index of the inner command among the words, or their count when there is none.</summary>
    public int InnerStart(IReadOnlyList<ShellWord> words)
    {
        var at = 1;
        for (; at < words.Count && words[at].Value.StartsWith('-'); at++)
        {
            var option = words[at].Value;
            if (option == "--")
            {
                at++;
                break;
            }
            if (IsOf(Refused, option))
                throw new CommandRefusal($"\"{words[0].Value} {option}\" is not allowed");
            // "-n5" and "--adjustment=5" carry their value; "-n 5" takes the next word.
            if (IsOf(Valued, option) && !option.Contains('=') && (option.StartsWith("--", StringComparison.Ordinal) || IsLastLetter(option)))
                at++;
        }
        if (HasVariables)
        {
            for (; at < words.Count && words[at].Value.Contains('='); at++)
                ShellVariables.Check(words[at].Value[..words[at].Value.IndexOf('=', StringComparison.Ordinal)]);
        }
        return Math.Min(at + Operands, words.Count);
    }

    /// <summary>In "-rn" n takes the next word; in "-n5" the value is there.</summary>
    private bool IsLastLetter(string option)
    {
        for (var i = 1; i < option.Length; i++)
        {
            if (Letters(Valued).Contains(option[i]))
                return i == option.Length - 1;
        }
        return false;
    }

    private static bool IsOf(string options, string option)
    {
        if (!option.StartsWith("--", StringComparison.Ordinal))
            return option.AsSpan(1).IndexOfAny(Letters(options)) >= 0;
        var name = option.Split('=')[0];
        // Long options may be cut short.
        return name.Length > 2 && options.Split(' ').Any(known => known.StartsWith(name, StringComparison.Ordinal));
    }

    private static ReadOnlySpan<char> Letters(string options) =>
        options.IndexOf(' ', StringComparison.Ordinal) is >= 0 and var end ? options.AsSpan(0, end) : options;
}
