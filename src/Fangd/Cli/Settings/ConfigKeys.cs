using Fangd.Cli.Syntax;
using Fangd.Server.Config;

namespace Fangd.Cli.Settings;

/// <summary>Finds settings by the key a user types: <c>listener.0.address</c> and <c>listener[0].address</c> are the same.</summary>
internal static class ConfigKeys
{
    public static ConfigEntry? Find(IReadOnlyList<ConfigEntry> entries, string key)
    {
        var path = Dotted(key);
        return entries.FirstOrDefault(entry => Dotted(entry.KeyPath) == path);
    }

    /// <summary>The setting itself or those below a section; all for an empty name.</summary>
    public static IEnumerable<ConfigEntry> Below(IReadOnlyList<ConfigEntry> entries, string section)
    {
        var path = Dotted(section);
        return entries.Where(entry => path.Length == 0 || Dotted(entry.KeyPath) == path || Dotted(entry.KeyPath).StartsWith(path + ".", StringComparison.Ordinal));
    }

    public static CommandException Unknown(string key, IReadOnlyList<ConfigEntry> entries)
    {
        var near = NearestName.Of(Dotted(key), entries.Select(entry => Dotted(entry.KeyPath)));
        return new CommandException(
            ExitCode.NotFound, near is null ? $"there is no setting \"{key}\"" : $"there is no setting \"{key}\"; did you mean \"{near}\"?", "all of them are listed by: fangd config show");
    }

    public static string Dotted(string key) => key.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal);
}
