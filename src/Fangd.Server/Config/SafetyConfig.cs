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

    /// <summary>What the gate goes by.</summary>
    internal ApprovalRules ToRules(ExecRules shell) => new()
    {
        Tools = RequireApproval,
        MinRisk = MinRisk,
        AutoApprove = AutoApprove,
        AutoApproveAutonomous = AutoApproveAutonomous,
        IsShellFree = shell.IsFree,
        Timeout = TimeSpan.FromSeconds(TimeoutSecs),
    };

    internal static ApprovalConfig Read(SectionReader section)
    {
        string[] usual = ["shell_exec"];
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
        };
        section.Finish();
        return read;
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
