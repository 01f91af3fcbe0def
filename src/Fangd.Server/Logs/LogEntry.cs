using Microsoft.Extensions.Logging;

namespace Fangd.Server.Logs;

/// <summary>One line of the log.</summary>
internal sealed record LogEntry(DateTimeOffset Timestamp, LogLevel Level, string Target, string Message)
{
    /// <summary>The word of the documents: TRACE, DEBUG, INFO, WARN, ERROR.</summary>
    public string LevelWord => Level switch
    {
        LogLevel.Trace => "TRACE",
        LogLevel.Debug => "DEBUG",
        LogLevel.Information => "INFO",
        LogLevel.Warning => "WARN",
        _ => "ERROR",
    };
}
