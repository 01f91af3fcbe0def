using Fangd.Cli.Syntax;
using Fangd.Server.Config;

namespace Fangd.Cli.Settings;

/// <summary>Which home and which configuration file, as options and environment say.</summary>
internal sealed class Whereabouts(string? namedHome, string? namedConfig, Func<string, string?> variable)
{
    /// <summary>What <c>--home</c> says, or null.</summary>
    public string? NamedHome => namedHome;

    /// <summary>What <c>--config</c> says, or null; a file that is named must exist.</summary>
    public string? NamedConfig => namedConfig;

    /// <summary>An environment variable; null when it is not set or empty.</summary>
    public Func<string, string?> Variable => variable;

    /// <summary>Absolute.</summary>
    public string Home { get; } = HomeFolder.Find(namedHome, variable);

    /// <summary>Absolute.</summary>
    public string File { get; } = Server.Config.ConfigFile.Find(namedHome, namedConfig, variable);

    public static Whereabouts From(ParsedLine line, Func<string, string?> variable) =>
        new(line.Value(GlobalOptions.Home), line.Value(GlobalOptions.Config), variable);
}
