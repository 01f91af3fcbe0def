using System.Net;
using Fangd.Engine.Tools.Shell;
using Fangd.Engine.Tools.Time;
using Fangd.Server.Http;
using Fangd.Server.Mcp;
using Fangd.Server.Media;
using Fangd.Toml;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Config;

/// <summary>
/// The whole configuration, read once: after this nobody sees TOML or the environment. Immutable; a reload makes a
/// new one.
/// </summary>
public sealed record FangdConfig
{
    /// <summary>Absolute. Everything the daemon owns is below it, unless said otherwise.</summary>
    public required string HomeDir { get; init; }

    public required string DataDir { get; init; }
    public required string WorkspacesDir { get; init; }

    /// <summary>Null: no key is asked for.</summary>
    public required Secret? ApiKey { get; init; }

    public required LogLevel LogLevel { get; init; }
    public required bool NetworkEnabled { get; init; }

    /// <summary>Listeners that are not on loopback are opened although there is no key.</summary>
    public required bool AllowUnauthenticated { get; init; }

    public required IReadOnlyList<IPNetwork> TrustedProxies { get; init; }
    public required IReadOnlyList<string> CorsOrigins { get; init; }

    /// <summary>At least one.</summary>
    public required IReadOnlyList<ListenerSettings> Listeners { get; init; }

    public required DefaultModelConfig DefaultModel { get; init; }
    public required IReadOnlyList<FallbackProviderConfig> FallbackProviders { get; init; }

    public required ResilienceConfig Resilience { get; init; }

    /// <summary>Base URLs by provider name.</summary>
    public required IReadOnlyDictionary<string, string> ProviderUrls { get; init; }

    public required MemoryConfig Memory { get; init; }
    public required StorageConfig Storage { get; init; }
    public required AuditConfig Audit { get; init; }
    public required LimitsConfig Limits { get; init; }

    /// <summary>How many of the newest messages go into the context of an agent that does not say, 2 to 10000.</summary>
    public required int MaxHistoryMessages { get; init; }

    public required SecurityConfig Security { get; init; }
    public required WebConfig Web { get; init; }
    public required BrowserConfig Browser { get; init; }
    public required WebhookTriggersConfig WebhookTriggers { get; init; }
    public required A2aConfig A2a { get; init; }
    public required PairingConfig Pairing { get; init; }
    public required ApprovalConfig Approval { get; init; }
    public required VaultConfig Vault { get; init; }
    public required ExecRules ExecPolicy { get; init; }
    public required BudgetConfig Budget { get; init; }
    public required CatalogConfig Catalog { get; init; }
    public required MediaConfig Media { get; init; }
    public required CopilotConfig Copilot { get; init; }

    /// <summary>Null when the owner did not say.</summary>
    public required Place? Location { get; init; }

    /// <summary>MCP servers that are always there, by their order in the file.</summary>
    public required IReadOnlyList<McpServerSettings> McpServers { get; init; }

    public required OAuthConfig OAuth { get; init; }
    public required ExternalAuthConfig ExternalAuth { get; init; }
    public required ClawHubConfig ClawHub { get; init; }

    /// <summary>Keys that are known and not used yet, as they stand in the file.</summary>
    public required IReadOnlyDictionary<string, TomlValue> Later { get; init; }

    /// <summary>What the HTTP host needs of it.</summary>
    public HttpSettings ToHttpSettings() => new()
    {
        Listeners = Listeners,
        ApiKey = ApiKey?.Reveal(),
        CorsOrigins = CorsOrigins,
        TrustedProxies = TrustedProxies,
        MaxBodyBytes = Limits.MaxBodyBytes,
    };

    /// <param name="root">The top level of the text.</param>
    /// <param name="home">The home that the command line or the environment names, or the usual one; <c>home_dir</c> may name another.</param>
    /// <param name="isHomeFixed">The home was named, so <c>home_dir</c> has no say.</param>
    internal static FangdConfig Read(SectionReader root, string home, bool isHomeFixed)
    {
        var own = PathOf(root, "home_dir", home, home);
        var homeDir = isHomeFixed ? home : own;
        var config = new FangdConfig
        {
            HomeDir = homeDir,
            DataDir = PathOf(root, "data_dir", homeDir, Path.Combine(homeDir, "data")),
            WorkspacesDir = PathOf(root, "workspaces_dir", homeDir, Path.Combine(homeDir, "workspaces")),
            ApiKey = root.Secret("api_key"),
            LogLevel = root.Choice(
                "log_level",
                LogLevel.Information,
                ("trace", LogLevel.Trace),
                ("debug", LogLevel.Debug),
                ("info", LogLevel.Information),
                ("warn", LogLevel.Warning),
                ("warning", LogLevel.Warning),
                ("error", LogLevel.Error)),
            NetworkEnabled = root.Boolean("network_enabled", false),
            AllowUnauthenticated = root.Boolean("allow_unauthenticated", false),
            TrustedProxies = TrustReader.Proxies(root),
            CorsOrigins = TrustReader.Origins(root),
            Listeners = ListenerReader.Read(root),
            DefaultModel = DefaultModelConfig.Read(root.Section("default_model")),
            FallbackProviders = [.. root.Sections("fallback_providers").Select(FallbackProviderConfig.Read)],
            Resilience = ResilienceConfig.Read(root.Section("resilience")),
            ProviderUrls = TrustReader.ProviderUrls(root),
            Memory = MemoryConfig.Read(root.Section("memory")),
            Storage = StorageConfig.Read(root.Section("storage")),
            Audit = AuditConfig.Read(root.Section("audit")),
            Limits = LimitsConfig.Read(root.Section("limits")),
            MaxHistoryMessages = root.Integer("max_history_messages", 40, 2, 10_000),
            Security = SecurityConfig.Read(root.Section("security")),
            Web = WebConfig.Read(root.Section("web")),
            Browser = BrowserConfig.Read(root.Section("browser")),
            WebhookTriggers = WebhookTriggersConfig.Read(root.Section("webhook_triggers")),
            A2a = A2aConfig.Read(root.Section("a2a")),
            Pairing = PairingConfig.Read(root.Section("pairing")),
            Approval = ApprovalConfig.Read(root.Section("approval")),
            Vault = VaultConfig.Read(root.Section("vault"), homeDir),
            ExecPolicy = ExecRulesReader.Read(root.Section("exec_policy")),
            Budget = BudgetConfig.Read(root.Section("budget")),
            Catalog = CatalogConfig.Read(root.Section("catalog"), homeDir),
            Location = root.Has("location") ? LocationConfig.Read(root.Section("location")) : null,
            Media = MediaConfig.Read(root.Section("media"), root.Section("tts")),
            Copilot = CopilotConfig.Read(root.Section("github_copilot")),
            OAuth = OAuthConfig.Read(root.Section("oauth")),
            ExternalAuth = ExternalAuthConfig.Read(root.Section("external_auth")),
            McpServers = McpSettingsReader.Read(root.Sections("mcp_servers")),
            ClawHub = ClawHubConfig.Read(root.Section("clawhub")),
            Later = LaterKeys.Read(root),
        };
        foreach (var key in new[] { "network_enabled", "webhook_triggers", "pairing", "external_auth", "clawhub" })
            root.NoEffectYet(key);
        root.Finish();
        return config;
    }

    private static string PathOf(SectionReader root, string key, string home, string fallback) =>
        HomeFolder.Expand(root.OptionalString(key, fallback) ?? fallback, home);
}
