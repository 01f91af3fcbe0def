namespace Fangd.Cli.Output;

/// <summary>Time spans for people.</summary>
internal static class Durations
{
    /// <summary>The two largest units: <c>3 d 4 h</c>, <c>12 min 5 s</c>.</summary>
    public static string Of(long seconds) => seconds switch
    {
        < 60 => $"{seconds} s",
        < 3600 => $"{seconds / 60} min {seconds % 60} s",
        < 86_400 => $"{seconds / 3600} h {seconds % 3600 / 60} min",
        _ => $"{seconds / 86_400} d {seconds % 86_400 / 3600} h",
    };
}
