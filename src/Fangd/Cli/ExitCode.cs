namespace Fangd.Cli;

/// <summary>What the exit codes mean; the help prints the same table.</summary>
internal static class ExitCode
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Unreachable = 3;
    public const int Refused = 4;
    public const int NotFound = 5;
    public const int Conflict = 6;
    public const int Busy = 7;

    /// <summary>128 + SIGINT, as shells count.</summary>
    public const int Interrupted = 130;

    public static readonly IReadOnlyList<(int Code, string Meaning)> All =
    [
        (Ok, "done"),
        (Failed, "failed"),
        (Usage, "the command line or the configuration is wrong"),
        (Unreachable, "fangd is not running or cannot be reached"),
        (Refused, "refused: key missing, wrong or not allowed"),
        (NotFound, "no such agent, template, session or key"),
        (Conflict, "it exists already, or is in another state"),
        (Busy, "limit reached or overloaded: try again later"),
        (Interrupted, "interrupted with Ctrl-C"),
    ];
}
