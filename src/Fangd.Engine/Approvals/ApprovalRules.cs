using Fangd.Engine.Agents;
using Fangd.Engine.Tools;

namespace Fangd.Engine.Approvals;

/// <summary>Which calls ask a person first. Immutable; a reload swaps it for another.</summary>
public sealed record ApprovalRules
{
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

    /// <summary>How long a call waits for its answer; then the answer is no.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether a call of this tool by this agent waits for a person.</summary>
    public bool Ask(ToolSpec tool, AgentManifest agent)
    {
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
