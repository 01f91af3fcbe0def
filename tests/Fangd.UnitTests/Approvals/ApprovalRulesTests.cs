using System.Text.Json;
using Fangd.Engine.Agents;
using Fangd.Engine.Approvals;
using Fangd.Engine.Tools;
using Fangd.Server.Config;

namespace Fangd.UnitTests.Approvals;

public sealed class ApprovalRulesTests
{
    private static readonly AgentManifest Plain = new() { Name = "a" };
    private static readonly AgentManifest Autonomous = new() { Name = "a", Autonomous = new AgentAutonomy() };

    [Theory]
    [InlineData("", "shell_exec", ToolRisk.Critical, true)]
    [InlineData("", "file_read", ToolRisk.Low, false)]
    [InlineData("require_approval = true", "shell_exec", ToolRisk.Critical, true)]
    [InlineData("require_approval = false", "shell_exec", ToolRisk.Critical, false)]
    [InlineData("require_approval = []", "shell_exec", ToolRisk.Critical, false)]
    [InlineData("require_approval = ['file_*']", "file_delete", ToolRisk.High, true)]
    [InlineData("require_approval = ['file_*']", "shell_exec", ToolRisk.Critical, false)]
    [InlineData("require_approval = ['*']", "file_read", ToolRisk.Low, true)]
    [InlineData("require_approval = ['other_name']", "file_read", ToolRisk.Low, true)]
    [InlineData("min_risk = 'high'", "file_write", ToolRisk.Medium, false)]
    [InlineData("min_risk = 'high'", "file_write", ToolRisk.High, true)]
    [InlineData("require_approval = []\nmin_risk = 'low'", "file_read", ToolRisk.Low, true)]
    [InlineData("require_approval = ['*']\nauto_approve = true", "shell_exec", ToolRisk.Critical, false)]
    [InlineData("\n[exec_policy]\nmode = 'full'", "shell_exec", ToolRisk.Critical, false)]
    [InlineData("\n[exec_policy]\nmode = 'full'", "process_start", ToolRisk.Critical, false)]
    [InlineData("require_approval = ['*']\n[exec_policy]\nmode = 'full'", "file_write", ToolRisk.Medium, true)]
    [InlineData("\n[exec_policy]\nallowed_commands = ['*']", "shell_exec", ToolRisk.Critical, false)]
    [InlineData("\n[exec_policy]\nallowed_commands = ['git']", "shell_exec", ToolRisk.Critical, true)]
    [InlineData("\n[exec_policy]\nmode = 'deny'\nallowed_commands = ['*']", "shell_exec", ToolRisk.Critical, true)]
    public void The_policy_asks_or_does_not(string section, string tool, ToolRisk risk, bool asks) => Assert.Equal(asks, Rules(section).Ask(Spec(tool, risk), Plain));

    [Theory]
    [InlineData("auto_approve_autonomous = true", false)]
    [InlineData("auto_approve_autonomous = false", true)]
    public void Autonomous_agents_ask_unless_they_need_not(string section, bool asks)
    {
        Assert.Equal(asks, Rules(section).Ask(Spec("shell_exec", ToolRisk.Critical), Autonomous));
        Assert.True(Rules(section).Ask(Spec("shell_exec", ToolRisk.Critical), Plain));
    }

    [Theory]
    [InlineData("timeout_secs = 9")]
    [InlineData("timeout_secs = 301")]
    [InlineData("min_risk = 'extreme'")]
    [InlineData("require_approval = 1")]
    [InlineData("second_factor = 'sms'")]
    [InlineData("totp_grace_period_secs = 3601")]
    [InlineData("require_aproval = []")]
    [InlineData("timeout_fallback = 'shrug'")]
    [InlineData("timeout_fallback = { escalate = { extra_timeout_secs = 5 } }")]
    [InlineData("timeout_fallback = { deny = {} }")]
    [InlineData("timeout_fallback = 'allow'\nsecond_factor = 'both'")]
    [InlineData("trusted_senders = 'ada'")]
    [InlineData("audit_retention_days = -1")]
    [InlineData("cache_approvals_per_session = 'yes'")]
    [InlineData("[[approval.channel_rules]]\ndenied_tools = ['x']")]
    [InlineData("[[approval.channel_rules]]\nchannel = 'telegram'\ndeny = ['x']")]
    public void What_is_not_understood_is_a_fault(string section) => Assert.Null(Load(section).Config);

    [Fact]
    public void Lists_have_an_end_and_the_fault_names_the_key()
    {
        var load = Load($"trusted_senders = [{string.Join(',', Enumerable.Range(0, 101).Select(n => $"'{n}'"))}]");

        Assert.Contains(load.Problems.All, problem => problem.ToString().Contains("approval.trusted_senders", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("'escalate'", null)]
    [InlineData("'retry'", null)]
    [InlineData("{ escalate = { extra_timeout_secs = 90 } }", 90)]
    [InlineData("{ escalate = {} }", 120)]
    public void A_further_round_waits_as_long_as_the_configuration_says(string value, int? secs)
    {
        var rules = Rules($"timeout_fallback = {value}");

        Assert.Equal((TimeoutFallback.Retry, secs), (rules.OnTimeout, (int?)rules.EscalationTime?.TotalSeconds));
    }

    [Theory]
    [InlineData("ada", ToolRisk.Medium, false)]
    [InlineData("ada", ToolRisk.High, true)]
    [InlineData("bob", ToolRisk.Low, true)]
    [InlineData(null, ToolRisk.Low, true)]
    public void Trusted_senders_are_not_asked_about_what_does_little_harm(string? sender, ToolRisk risk, bool asks) =>
        Assert.Equal(asks, Rules("require_approval = ['*']\ntrusted_senders = ['ada']").Ask(Spec("file_write", risk), Plain, new MessageSender(sender, "telegram")));

    [Theory]
    [InlineData("telegram", "file_write", true)]
    [InlineData("Telegram", "file_write", true)]
    [InlineData("telegram", "web_fetch", false)]
    [InlineData("telegram", "shell_exec", true)]
    [InlineData("slack", "shell_exec", true)]
    [InlineData("slack", "file_write", false)]
    [InlineData("discord", "shell_exec", false)]
    [InlineData(null, "shell_exec", false)]
    public void A_channel_has_its_own_tools(string? channel, string tool, bool forbidden)
    {
        var rules = Rules("""

            [[approval.channel_rules]]
            channel = "telegram"
            allowed_tools = ["web_*", "file_*"]
            denied_tools = ["file_write"]
            [[approval.channel_rules]]
            channel = "slack"
            denied_tools = ["shell_*"]
            """);

        Assert.Equal(forbidden, rules.Forbids(Spec(tool, ToolRisk.Low), new MessageSender("ada", channel)));
    }

    [Fact]
    public void A_description_is_one_line_that_hides_nothing()
    {
        using var arguments = JsonDocument.Parse("""{"cwd": "x", "command": "echo a\u001b[2K\nrm -rf b\u202e"}""");
        using var others = JsonDocument.Parse("""{"n": 1}""");

        Assert.Equal("shell_exec: echo a\uFFFD[2K\uFFFDrm -rf b\uFFFD", CallText.Describe("shell_exec", arguments.RootElement));
        Assert.Equal("x: {\"n\": 1}", CallText.Describe("x", others.RootElement));
        Assert.Equal("ab…", CallText.Shorten("abcd", 3));
        Assert.Equal("a…", CallText.Shorten("a🦊b", 3));
    }

    private static ApprovalRules Rules(string section) => Load(section).Config is { } config ? config.Approval.ToRules(config.ExecPolicy) : throw new InvalidOperationException();

    private static ConfigLoad Load(string section) =>
        ConfigFile.Parse(System.Text.Encoding.UTF8.GetBytes("[approval]\n" + section), "config.toml", "/home", _ => null, new Problems());

    private static ToolSpec Spec(string name, ToolRisk risk) => new(name, "does", "{}"u8.ToArray(), risk) { Aliases = name == "file_read" ? ["other_name"] : [] };
}
