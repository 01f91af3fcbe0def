namespace Fangd.Server.Config;

/// <summary>Where the daemon lives, and what paths in its files mean.</summary>
public static class HomeFolder
{
    /// <summary>The folder that is named, else the one in <c>FANGD_HOME</c>, else <c>~/.fangd</c>; absolute.</summary>
    public static string Find(string? named, Func<string, string?> environment)
    {
        var folder = First(named, environment("FANGD_HOME")) ?? "~/.fangd";
        return Path.GetFullPath(WithUserHome(folder, environment));
    }

    /// <summary>A path from a file: <c>~/</c> is the user's home, and a relative one starts at the daemon's.</summary>
    internal static string Expand(string path, string home) => Path.GetFullPath(WithUserHome(path, Environment.GetEnvironmentVariable), home);

    private static string WithUserHome(string path, Func<string, string?> environment)
    {
        if (path != "~" && !path.StartsWith("~/", StringComparison.Ordinal))
            return path;

        // A service without HOME still has an entry among the users, which the profile folder is.
        var user = First(environment("HOME"), Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)) ?? "/";
        return path == "~" ? user : Path.Combine(user, path[2..]);
    }

    private static string? First(string? first, string? second) => first is { Length: > 0 } ? first : second is { Length: > 0 } ? second : null;
}
