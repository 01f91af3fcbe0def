using Fangd.Engine.Agents;
using Fangd.Engine.Tools;

namespace Fangd.Engine.Approvals;

/// <summary>Which calls ask a person first. Immutable; a reload swaps it for another.</summary>
public sealed record ApprovalRules
{
    /// <summary>How many times a request is put again.</summary>
    public const int MostEscalations = 3;

    /// <summary>Tool names and patterns with one <c>*</c>; all of a tool's names count.</summary>
    public IReadOnlyList<string> Tools { get; init; } = [];

    /// <summary>Tools of at least this risk ask too; null leaves it to <see cref="Tools"/>.</summary>
    public ToolRisk? MinRisk { get; init; }

    /// <summary>Nothing asks.</summary>
    public bool AutoApprove { get; init; }

    /// <summary>Agents with an <c>[autonomous]</c> section do not ask: nobody may be there to answer.</summary>
    public bool AutoApproveAutonomous { get; init; }

    /// <summary>The shell may run everything, so asking about single commands would only be in the way.</summary>
    public bool IsShellFree { get; init; }

    /// <summary>How long a call waits for its answer; then <see cref="OnTimeout"/> counts.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    public TimeoutFallback OnTimeout { get; init; }

    /// <summary>How much longer each further round waits; null for as long as the first.</summary>
    public TimeSpan? EscalationTime { get; init; }

    /// <summary>Ids of people whose messages need no approval for tools of low and medium risk.</summary>
    public IReadOnlyList<string> TrustedSenders { get; init; } = [];

    /// <summary>Of several for one channel the first counts.</summary>
    public IReadOnlyList<ChannelRule> ChannelRules { get; init; } = [];

    /// <summary>One yes serves all further calls of the tool in the session, until the daemon ends.</summary>
    public bool CachesPerSession { get; init; }

    /// <summary>Patterns of the tools whose approval takes a code, empty for all; null where none does.</summary>
    public IReadOnlyList<string>? CodeTools { get; init; }

    /// <summary>Whether the sender's channel may not use the tool at all.</summary>
    public bool Forbids(ToolSpec tool, MessageSender? sender)
    {
        if (sender?.Channel is not { } channel)
            return false;
        foreach (var rule in ChannelRules)
        {
            if (rule.Channel.Equals(channel, StringComparison.OrdinalIgnoreCase))
                return rule.Forbids(tool.Name);
        }

        return false;
    }

    /// <summary>Whether a yes to this tool is kept for the session. A yes that took a code is not: each one takes its own.</summary>
    public bool Keeps(ToolSpec tool) => CachesPerSession && !TakesCode(tool.Name);

    /// <summary>Whether approving a call of the tool takes a code.</summary>
    public bool TakesCode(string tool) => CodeTools is { } tools && (tools.Count == 0 || CapabilityPattern.MatchesAny(tools, tool));

    /// <summary>Whether a call of this tool by this agent, for this sender, waits for a person.</summary>
    public bool Ask(ToolSpec tool, AgentManifest agent, MessageSender? sender = null)
    {
        if (tool.Risk <= ToolRisk.Medium && sender?.Id is { } id && TrustedSenders.Contains(id))
            return false;
        if (AutoApprove || (AutoApproveAutonomous && agent.Autonomous is not null))
            return false;
        if ((agent.ExecPolicy?.IsFree ?? IsShellFree) && (tool.Name is "shell_exec" or "process_start"))
            return false;
        return tool.Risk >= MinRisk || IsListed(tool);
    }

    private bool IsListed(ToolSpec tool)
    {
        if (CapabilityPattern.MatchesAny(Tools, tool.Name))
            return true;
        // Both run the same commands: to ask about one of them only would be to ask about none.
        if (tool.Name == "process_start" && CapabilityPattern.MatchesAny(Tools, "shell_exec"))
            return true;
        for (var i = 0; i < tool.Aliases.Count; i++)
        {
            if (CapabilityPattern.MatchesAny(Tools, tool.Aliases[i]))
                return true;
        }

        return false;
    }
}
