using Fangd.Engine.Agents;
using Fangd.Engine.Outbound;

namespace Fangd.Engine.Tools.Web;

/// <summary>Which hosts an agent's <c>[capabilities] network</c> covers.</summary>
internal static class NetworkReach
{
    /// <summary>
    /// The patterns in force. An agent whose tools come from a profile has what the profile is for, since a profile has no list of hosts; one that
    /// lists its tools lists its hosts.
    /// </summary>
    public static IReadOnlyList<string> Patterns(AgentManifest agent) =>
        agent.Capabilities.Network is { Count: > 0 } own ? own
        : agent.Capabilities.Tools.Count == 0 && ToolProfiles.Find(agent.Profile) is { } profile && IsForTheWeb(profile) ? ["*"]
        : [];

    /// <summary>
    /// The end of a sentence that says why the host is closed to the agent, or null. A pattern covers a host, or <c>host:port</c>.
    /// </summary>
    public static string? Denial(AgentManifest agent, OutboundTarget target)
    {
        var granted = Patterns(agent);
        for (var i = 0; i < granted.Count; i++)
        {
            var pattern = granted[i].ToLowerInvariant();
            if (CapabilityPattern.Matches(pattern, target.Host) || CapabilityPattern.Matches(pattern, target.ToString()))
                return null;
        }
        return $"{target.Host} is not covered by the agent's network capability ([capabilities] network = [\"{target.Host}\"] would)";
    }

    /// <summary>As <see cref="Denial(AgentManifest, OutboundTarget)"/>; null also for what is no URL, since the call itself says what is wrong with it.</summary>
    public static string? Denial(AgentManifest agent, Uri? url)
    {
        try
        {
            return url is null ? null : Denial(agent, OutboundTarget.Of(url));
        }
        catch (OutboundRefusal)
        {
            return null;
        }
    }

    private static bool IsForTheWeb(ToolProfile profile) =>
        CapabilityPattern.MatchesAny(profile.Tools, "web_fetch") || CapabilityPattern.MatchesAny(profile.Tools, "web_search");
}
