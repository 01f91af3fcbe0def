using Fangd.Engine.Approvals;
using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Shell;

namespace Fangd.Server.Config;

public enum SecondFactor
{
    None,
    Totp,
    Login,
    Both,
}

/// <summary>Which tools ask a person first, and how.</summary>
public sealed record ApprovalConfig
{
    private const int MostSenders = 100;
    private const int MostRules = 50;

    public required IReadOnlyList<string> RequireApproval { get; init; }

    /// <summary>Tools of at least this risk ask whatever the list says; null for none.</summary>
    public required ToolRisk? MinRisk { get; init; }

    /// <summary>10 to 300; then the answer is no.</summary>
    public required int TimeoutSecs { get; init; }

    public required bool AutoApproveAutonomous { get; init; }
    public required bool AutoApprove { get; init; }
    public required SecondFactor SecondFactor { get; init; }
    public required string TotpIssuer { get; init; }

    /// <summary>How long one code serves, at most 3600; 0 asks each time.</summary>
    public required int TotpGracePeriodSecs { get; init; }

    /// <summary>Patterns of the tools whose approval takes a code; empty for all.</summary>
    public required IReadOnlyList<string> TotpTools { get; init; }

    public required TimeoutFallback TimeoutFallback { get; init; }

    /// <summary>Seconds that each further round waits, 10 to 300; null for <see cref="TimeoutSecs"/>.</summary>
    public required int? EscalationSecs { get; init; }

    /// <summary>At most 100.</summary>
    public required IReadOnlyList<string> TrustedSenders { get; init; }

    /// <summary>At most 50.</summary>
    public required IReadOnlyList<ChannelRule> ChannelRules { get; init; }

    /// <summary>
    /// Off, as in OpenFang: one yes shows one command. LibreFang has it on.
    /// </summary>
    public required bool CacheApprovalsPerSession { get; init; }

    /// <summary>How long decisions are listed; 0 for ever.</summary>
    public required int AuditRetentionDays { get; init; }

    private bool AsksForCode => SecondFactor is SecondFactor.Totp or SecondFactor.Both;

    /// <summary>What the gate goes by.</summary>
    internal ApprovalRules ToRules(ExecRules shell) => new()
    {
        Tools = RequireApproval,
        MinRisk = MinRisk,
        AutoApprove = AutoApprove,
        AutoApproveAutonomous = AutoApproveAutonomous,
        IsShellFree = shell.IsFree,
        Timeout = TimeSpan.FromSeconds(TimeoutSecs),
        OnTimeout = TimeoutFallback,
        EscalationTime = EscalationSecs is { } more ? TimeSpan.FromSeconds(more) : null,
        TrustedSenders = TrustedSenders,
        ChannelRules = ChannelRules,
        CachesPerSession = CacheApprovalsPerSession,
        CodeTools = AsksForCode ? TotpTools : null,
    };

    internal static ApprovalConfig Read(SectionReader section)
    {
        string[] usual = ["shell_exec"];
        var (fallback, escalation) = Fallback(section);
        var read = new ApprovalConfig
        {
            RequireApproval = section.Find("require_approval") is Toml.TomlBoolean asks
                ? asks.Value ? usual : []
                : section.Strings("require_approval", usual),
            MinRisk = section.Choice<ToolRisk?>(
                "min_risk", null, ("none", null), ("low", ToolRisk.Low), ("medium", ToolRisk.Medium), ("high", ToolRisk.High), ("critical", ToolRisk.Critical)),
            TimeoutSecs = section.Integer("timeout_secs", 60, 10, 300),
            AutoApproveAutonomous = section.Boolean("auto_approve_autonomous", false),
            AutoApprove = section.Boolean("auto_approve", false),
            SecondFactor = section.Choice(
                "second_factor",
                SecondFactor.None,
                ("none", SecondFactor.None),
                ("totp", SecondFactor.Totp),
                ("login", SecondFactor.Login),
                ("both", SecondFactor.Both)),
            TotpIssuer = section.String("totp_issuer", "fangd"),
            TotpGracePeriodSecs = section.Integer("totp_grace_period_secs", 300, 0, 3600),
            TotpTools = section.Strings("totp_tools"),
            TimeoutFallback = fallback,
            EscalationSecs = escalation,
            TrustedSenders = AtMost(section, "trusted_senders", MostSenders, section.Strings("trusted_senders")),
            ChannelRules = AtMost(section, "channel_rules", MostRules, Rules(section)),
            CacheApprovalsPerSession = section.Boolean("cache_approvals_per_session", false),
            AuditRetentionDays = section.Integer("audit_retention_days", 90, 0, 3650),
        };
        if (read is { AsksForCode: true, TimeoutFallback: TimeoutFallback.Allow })
            section.Fault("timeout_fallback", section.Find("timeout_fallback")!, "allow goes against second_factor: what nobody decided would need no code");
        // Nobody logs in yet: everyone comes with a key.
        if (read.SecondFactor == SecondFactor.Login)
            section.NoEffectYet("second_factor");
        section.Finish();
        return read;
    }

    /// <summary>A word, or LibreFang's table with the seconds of a further round.</summary>
    private static (TimeoutFallback Fallback, int? Secs) Fallback(SectionReader section)
    {
        const string key = "timeout_fallback";
        if (section.Find(key) is Toml.TomlTable)
        {
            var outer = section.Section(key);
            var escalate = outer.Section("escalate");
            var secs = escalate.Integer("extra_timeout_secs", 120, 10, 300);
            escalate.Finish();
            outer.Finish();
            return (TimeoutFallback.Retry, secs);
        }

        var word = section.Choice(
            key,
            TimeoutFallback.Reject,
            ("reject", TimeoutFallback.Reject),
            ("deny", TimeoutFallback.Reject),
            ("skip", TimeoutFallback.Skip),
            ("retry", TimeoutFallback.Retry),
            ("escalate", TimeoutFallback.Retry),
            ("allow", TimeoutFallback.Allow));
        return (word, null);
    }

    private static List<ChannelRule> Rules(SectionReader section)
    {
        var rules = new List<ChannelRule>();
        foreach (var one in section.Sections("channel_rules"))
        {
            var channel = one.String("channel", "");
            if (channel.Length is 0 or > MessageSender.LongestChannel)
                one.Missing("channel", $"expected the name of a channel, at most {MessageSender.LongestChannel} characters");
            rules.Add(new ChannelRule(
                channel,
                AtMost(one, "allowed_tools", MostRules, one.Strings("allowed_tools")),
                AtMost(one, "denied_tools", MostRules, one.Strings("denied_tools"))));
            one.Finish();
        }

        return rules;
    }

    private static IReadOnlyList<T> AtMost<T>(SectionReader section, string key, int most, IReadOnlyList<T> list)
    {
        if (list.Count > most)
            section.Fault(key, section.Find(key)!, $"expected at most {most}, found {list.Count}");
        return list;
    }
}

/// <summary>Reads <c>[exec_policy]</c>, of the configuration and of manifests.</summary>
internal static class ExecRulesReader
{
    /// <summary>The words for a mode, in a manifest as in the configuration.</summary>
    public static ReadOnlySpan<(string Word, ExecMode Mode)> Words => new[]
    {
        ("allowlist", ExecMode.Allowlist),
        ("deny", ExecMode.Deny),
        ("none", ExecMode.Deny),
        ("full", ExecMode.Full),
        ("allow", ExecMode.Full),
        ("all", ExecMode.Full),
    };

    public static ExecRules Read(SectionReader section)
    {
        var read = new ExecRules
        {
            Mode = section.Choice("mode", ExecMode.Allowlist, Words),
            SafeBins = section.Strings(
                "safe_bins",
                "sleep", "true", "false", "cat", "sort", "uniq", "cut", "tr", "head", "tail", "wc", "date", "echo", "printf",
                "basename", "dirname", "pwd", "env"),
            AllowedCommands = section.Strings("allowed_commands"),
            TimeoutSecs = section.Integer("timeout_secs", 30, 1, 86_400),
            MaxOutputBytes = section.Integer("max_output_bytes", 102_400, 1024, 100 * 1024 * 1024),
            NoOutputTimeoutSecs = section.Integer("no_output_timeout_secs", 30, 0, 86_400),
            ShellEnvPassthrough = section.Strings("shell_env_passthrough"),
            ReadableFolders = Folders(section, "readable_folders"),
            WritableFolders = Folders(section, "writable_folders"),
        };
        section.Finish();
        return read;
    }

    private static IReadOnlyList<string> Folders(SectionReader section, string key)
    {
        var folders = section.Strings(key);
        if (section.Find(key) is { } value && folders.Any(folder => !folder.StartsWith('/')))
            section.Fault(key, value, "expected absolute paths");
        return folders;
    }
}

/// <summary>
/// Limits on what all agents together may spend, in USD; 0 is no limit. <paramref name="AlertThreshold"/> is the share of a limit, 0 to 1, from
/// which on a warning is given; <paramref name="DefaultMaxLlmTokensPerHour"/> is for agents that set none.
/// </summary>
public sealed record BudgetConfig(double MaxHourlyUsd, double MaxDailyUsd, double MaxMonthlyUsd, double AlertThreshold, long DefaultMaxLlmTokensPerHour)
{
    internal static BudgetConfig Read(SectionReader section)
    {
        var read = new BudgetConfig(
            section.Number("max_hourly_usd", 0),
            section.Number("max_daily_usd", 0),
            section.Number("max_monthly_usd", 0),
            section.Number("alert_threshold", 0.8, 0, 1),
            section.Long("default_max_llm_tokens_per_hour", 0));
        section.Finish();
        return read;
    }
}
