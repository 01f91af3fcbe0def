using Fangd.Engine.Agents;
using Fangd.Engine.Tools.Web;

namespace Fangd.Engine.Tools.Shell;

/// <summary>What one agent may run: the rules in force for it, its <c>[capabilities]</c>, and where it works.</summary>
public sealed record ExecGrant
{
    public required ExecRules Rules { get; init; }

    /// <summary>Patterns over the whole command; nothing is allowed beyond them.</summary>
    public required IReadOnlyList<string> Shell { get; init; }

    /// <summary>An absolute path.</summary>
    public required string Workspace { get; init; }

    public bool IsNetworkAllowed { get; init; }

    /// <summary>The manifest's rules come before the daemon's.</summary>
    public static ExecGrant Of(AgentManifest agent, ExecRules daemon, string workspace) => new()
    {
        Rules = agent.ExecPolicy ?? daemon,
        Shell = ShellPatterns(agent),
        Workspace = workspace,
        // A process cannot be held to some hosts, so it has the network only when the agent has all of it.
        IsNetworkAllowed = NetworkReach.Patterns(agent).Contains("*"),
    };

    /// <summary>The shell capability. An agent whose tools come from its profile has what the profile's tools need.</summary>
    public static IReadOnlyList<string> ShellPatterns(AgentManifest agent) =>
        agent.Capabilities.Shell is { Count: > 0 } own ? own : Derived(agent, "shell_exec") ? ["*"] : [];

    private static bool Derived(AgentManifest agent, string tool) =>
        agent.Capabilities.Tools.Count == 0 && ToolProfiles.Find(agent.Profile) is { } profile && CapabilityPattern.MatchesAny(profile.Tools, tool);
}
