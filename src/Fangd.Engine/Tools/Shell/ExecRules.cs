namespace Fangd.Engine.Tools.Shell;

/// <summary>How far the shell tools go.</summary>
public enum ExecMode
{
    /// <summary>Nothing runs.</summary>
    Deny,

    /// <summary>One program at a time, of those that are listed.</summary>
    Allowlist,

    /// <summary>Every program, also several joined by pipes and operators.</summary>
    Full,
}

/// <summary>What agents may run: <c>[exec_policy]</c> of the configuration, or a manifest's own.</summary>
public sealed record ExecRules
{
    public required ExecMode Mode { get; init; }

    /// <summary>Names of programs that run with any arguments, as long as they keep to the workspace.</summary>
    public required IReadOnlyList<string> SafeBins { get; init; }

    /// <summary>Names, or patterns over the whole command: <c>git</c>, <c>git log*</c>, <c>*</c>.</summary>
    public required IReadOnlyList<string> AllowedCommands { get; init; }

    /// <summary>For calls that name no time, in seconds.</summary>
    public required int TimeoutSecs { get; init; }

    /// <summary>Of each of the two outputs.</summary>
    public required int MaxOutputBytes { get; init; }

    /// <summary>0 is no limit.</summary>
    public required int NoOutputTimeoutSecs { get; init; }

    /// <summary>Variables of the daemon's environment that the programs see.</summary>
    public required IReadOnlyList<string> ShellEnvPassthrough { get; init; }

    /// <summary>Folders outside of the workspace that programs may read.</summary>
    public IReadOnlyList<string> ReadableFolders { get; init; } = [];

    /// <summary>Folders outside of the workspace that programs may change.</summary>
    public IReadOnlyList<string> WritableFolders { get; init; } = [];

    /// <summary>Everything may run, so asking about single commands would only be in the way.</summary>
    public bool IsFree => Mode == ExecMode.Full || (Mode == ExecMode.Allowlist && AllowedCommands.Contains("*"));

    /// <summary>Whether these allow nothing that <paramref name="outer"/> does not.</summary>
    public bool IsWithin(ExecRules outer) =>
        Mode == ExecMode.Deny
        || (Mode <= outer.Mode
            && (outer.Mode == ExecMode.Full || (IsPart(SafeBins, outer.SafeBins) && IsPart(AllowedCommands, outer.AllowedCommands)))
            && IsPart(ShellEnvPassthrough, outer.ShellEnvPassthrough)
            && IsPart(ReadableFolders, outer.ReadableFolders)
            && IsPart(WritableFolders, outer.WritableFolders)
            && MaxOutputBytes <= outer.MaxOutputBytes);

    private static bool IsPart(IReadOnlyList<string> some, IReadOnlyList<string> all) => some.All(all.Contains);
}
