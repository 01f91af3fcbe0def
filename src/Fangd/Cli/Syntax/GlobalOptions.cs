namespace Fangd.Cli.Syntax;

/// <summary>Options that every command takes, and those that several share.</summary>
internal static class GlobalOptions
{
    public static readonly CommandOption Url = new("--url", "Address of the daemon; from the configuration otherwise")
    { ValueName = "URL", Variable = "FANGD_URL" };

    public static readonly CommandOption ApiKey = new("--api-key", "Key of the daemon; from the configuration otherwise")
    { ValueName = "KEY", Variable = "FANGD_API_KEY" };

    public static readonly CommandOption Home = new("--home", "Home folder; ~/.fangd otherwise")
    { ValueName = "DIR", Variable = "FANGD_HOME", Completion = Completion.Directories };

    public static readonly CommandOption Config = new("--config", "Configuration file; config.toml in the home folder otherwise")
    { ValueName = "FILE", Completion = Completion.Files };

    public static readonly CommandOption NoColor = new("--no-color", "Plain text without colours") { Variable = "NO_COLOR" };

    public static readonly CommandOption Help = new("--help", "Show what a command does") { Letter = 'h' };

    public static readonly CommandOption Json = new("--json", "Print JSON for scripts");

    public static readonly IReadOnlyList<CommandOption> All = [Url, ApiKey, Home, Config, NoColor, Help];
}
