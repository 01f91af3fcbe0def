using Fangd.Cli.Settings;

namespace Fangd.Cli.Doctor;

/// <summary>Whether the configuration can be read, means something, and is private when it holds a key.</summary>
internal static class ConfigCheck
{
    private const UnixFileMode OthersMayRead = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public static IEnumerable<Finding> Look(ClientConfig config)
    {
        if (!config.Exists && config.IsNamed)
        {
            yield return Finding.Problem("config", $"there is no {config.ConfigPath}", $"write it with: fangd init --config {config.ConfigPath}");
            yield break;
        }
        foreach (var problem in config.Problems.All)
            yield return problem.IsFault
                ? Finding.Problem("config", problem.ToString(), $"edit {config.ConfigPath}")
                : Finding.Warning("config", problem.ToString(), null);
        if (!config.Exists)
        {
            if (!config.Problems.HasFaults)
                yield return Finding.Ok("config", $"there is no {config.ConfigPath}: the defaults apply");
            yield break;
        }
        var mode = OwnerOnly.ModeOf(config.ConfigPath);
        if (config.ApiKey is not null && (mode & OthersMayRead) != 0)
            yield return Finding.Warning("config", $"{config.ConfigPath} holds a key and others may read it (mode {HomeCheck.Octal(mode)})", $"chmod 600 {config.ConfigPath}");
        else if (!config.Problems.HasFaults)
            yield return Finding.Ok("config", $"{config.ConfigPath} is sound");
    }
}
