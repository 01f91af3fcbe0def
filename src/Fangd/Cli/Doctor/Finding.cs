namespace Fangd.Cli.Doctor;

/// <summary>
/// One thing that was looked at. <paramref name="Check"/>: what was looked at, in one word. <paramref name="Fix"/>: how to mend it; null
/// when there is nothing to mend.
/// </summary>
internal sealed record Finding(string Check, FindingLevel Level, string Message, string? Fix = null)
{
    public static Finding Ok(string check, string message) => new(check, FindingLevel.Ok, message);

    public static Finding Warning(string check, string message, string? fix) => new(check, FindingLevel.Warning, message, fix);

    public static Finding Problem(string check, string message, string fix) => new(check, FindingLevel.Problem, message, fix);
}

internal enum FindingLevel
{
    Ok,
    /// <summary>Works, but not as it should or not for long.</summary>
    Warning,
    /// <summary>Does not work until it is mended.</summary>
    Problem,
}
