namespace Fangd.Server.Config;

/// <summary>The <c>/hooks/*</c> routes. Off: they are not there.</summary>
public sealed record WebhookTriggersConfig(bool Enabled, string TokenEnv, int MaxPayloadBytes, int RateLimitPerMinute)
{
    internal static WebhookTriggersConfig Read(SectionReader section)
    {
        var read = new WebhookTriggersConfig(
            section.Boolean("enabled", false),
            section.String("token_env", "FANGD_WEBHOOK_TOKEN"),
            section.Integer("max_payload_bytes", 65_536, 1, 16 * 1024 * 1024),
            section.Integer("rate_limit_per_minute", 30));
        section.Finish();
        return read;
    }
}

/// <summary>Other agents over A2A: ours for them, and theirs for us.</summary>
public sealed record A2aConfig
{
    /// <summary>Ours for them. Off: the routes answer 404.</summary>
    public required bool Enabled { get; init; }

    /// <summary>What the card calls the daemon.</summary>
    public required string Name { get; init; }

    public required string Description { get; init; }

    /// <summary>The id or name of the agent that answers when a client names none; null for the first one.</summary>
    public required string? Agent { get; init; }

    /// <summary>Where clients reach the daemon, as when a proxy stands before it; null for the address that they used.</summary>
    public required string? PublicUrl { get; init; }

    /// <summary>Theirs for us, approved by standing here.</summary>
    public required IReadOnlyList<ExternalAgentConfig> ExternalAgents { get; init; }

    internal static A2aConfig Read(SectionReader section)
    {
        var read = new A2aConfig
        {
            Enabled = section.Boolean("enabled", true),
            Name = section.String("name", "fangd"),
            Description = section.String("description", "Agents of a fangd daemon. Each skill is one of them."),
            Agent = section.OptionalString("agent"),
            PublicUrl = Urls.Read(section, "public_url"),
            ExternalAgents = [.. section.Sections("external_agents").Select(ExternalAgentConfig.Read)],
        };
        if (section.String("listen_path", "/a2a") is var path && path != "/a2a")
            section.Fault("listen_path", section.Find("listen_path")!, "A2A is served at /a2a and nowhere else");
        section.Finish();
        return read;
    }
}

public sealed record ExternalAgentConfig(string Name, string Url)
{
    internal static ExternalAgentConfig Read(SectionReader section)
    {
        if (!section.Has("url"))
            section.Missing("url", "an external agent needs a url");
        var read = new ExternalAgentConfig(section.String("name", ""), Urls.Read(section, "url") ?? "");
        section.Finish();
        return read;
    }
}

public enum PushProvider
{
    None,
    Ntfy,
    Gotify,
}

/// <summary>Phones and other devices that are paired with the daemon.</summary>
public sealed record PairingConfig(bool Enabled, int MaxDevices, int TokenExpirySecs, PushProvider PushProvider, string? NtfyUrl, string? NtfyTopic)
{
    internal static PairingConfig Read(SectionReader section)
    {
        var read = new PairingConfig(
            section.Boolean("enabled", false),
            section.Integer("max_devices", 10, 1, 1000),
            section.Integer("token_expiry_secs", 300, 10, 86_400),
            section.Choice("push_provider", PushProvider.None, ("none", PushProvider.None), ("ntfy", PushProvider.Ntfy), ("gotify", PushProvider.Gotify)),
            Urls.Read(section, "ntfy_url"),
            section.OptionalString("ntfy_topic"));
        section.Finish();
        return read;
    }
}

/// <summary>Login with OpenID Connect.</summary>
public sealed record ExternalAuthConfig
{
    public required bool Enabled { get; init; }
    public required string RedirectUrl { get; init; }
    public required int SessionTtlSecs { get; init; }

    /// <summary>Domains of addresses that may log in; empty means all.</summary>
    public required IReadOnlyList<string> AllowedDomains { get; init; }

    /// <summary>With the one that is written into the section itself, when there is one.</summary>
    public required IReadOnlyList<AuthProviderConfig> Providers { get; init; }

    internal static ExternalAuthConfig Read(SectionReader section)
    {
        var providers = section.Sections("providers").Select(AuthProviderConfig.Read).ToList();
        var own = AuthProviderConfig.ReadKeys(section, "default");
        if (own.IssuerUrl.Length > 0)
            providers.Insert(0, own);

        var read = new ExternalAuthConfig
        {
            Enabled = section.Boolean("enabled", false),
            RedirectUrl = Urls.Read(section, "redirect_url", "http://127.0.0.1:4545/api/auth/callback") ?? "",
            SessionTtlSecs = section.Integer("session_ttl_secs", 86_400, 60),
            AllowedDomains = section.Strings("allowed_domains"),
            Providers = providers,
        };
        section.Finish();
        return read;
    }
}

public sealed record AuthProviderConfig(string Id, string DisplayName, string IssuerUrl, string ClientId, string? ClientSecretEnv, IReadOnlyList<string> Scopes)
{
    internal static AuthProviderConfig Read(SectionReader section)
    {
        foreach (var key in new[] { "id", "issuer_url", "client_id" })
        {
            if (!section.Has(key))
                section.Missing(key, $"a provider needs {key}");
        }

        var read = ReadKeys(section, "");
        section.Finish();
        return read;
    }

    internal static AuthProviderConfig ReadKeys(SectionReader section, string fallbackId)
    {
        var id = fallbackId.Length > 0 ? fallbackId : section.String("id", "");
        return new AuthProviderConfig(
            id,
            fallbackId.Length > 0 ? id : section.String("display_name", id),
            Urls.Read(section, "issuer_url") ?? "",
            section.String("client_id", ""),
            section.OptionalString("client_secret_env"),
            section.Strings("scopes", "openid", "profile", "email"));
    }
}

/// <summary>Where skills are looked for.</summary>
public sealed record ClawHubConfig(string BaseUrl)
{
    internal static ClawHubConfig Read(SectionReader section)
    {
        var read = new ClawHubConfig(Urls.Read(section, "base_url", "https://clawhub.ai/api/v1") ?? "");
        section.Finish();
        return read;
    }
}
