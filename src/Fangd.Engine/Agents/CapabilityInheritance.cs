using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Shell;
using Fangd.Engine.Tools.Web;

namespace Fangd.Engine.Agents;

/// <summary>
/// What an agent that another agent spawns may be: never more than its parent. Each capability of the child has to be included in one of
/// the parent's; so have its tools by profile, its MCP servers, its limits, and the ways around them (another workspace, another module,
/// a key sent to an address of the child's choice).
/// </summary>
public static class CapabilityInheritance
{
    /// <summary>What the child would have beyond its parent, in one sentence, or null.</summary>
    public static string? Excess(AgentManifest parent, AgentManifest child)
    {
        var (own, asked) = (parent.Capabilities, child.Capabilities);
        return Beyond("tools", Tools(parent), Tools(child))
            ?? BeyondSpelling(Tools(parent), Tools(child))
            ?? Beyond("network", NetworkReach.Patterns(parent), NetworkReach.Patterns(child))
            ?? Beyond("shell", ExecGrant.ShellPatterns(parent), ExecGrant.ShellPatterns(child))
            ?? Beyond("memory_read", own.MemoryRead, asked.MemoryRead)
            ?? Beyond("memory_write", own.MemoryWrite, asked.MemoryWrite)
            ?? Beyond("agent_message", own.AgentMessage, asked.AgentMessage)
            ?? Beyond("ofp_connect", own.OfpConnect, asked.OfpConnect)
            ?? (asked.AgentSpawn && !own.AgentSpawn ? Sentence("agent_spawn") : null)
            ?? (asked.OfpDiscover && !own.OfpDiscover ? Sentence("ofp_discover") : null)
            ?? BeyondLists(parent, child)
            ?? BeyondServers(parent, child)
            ?? BeyondPolicy(parent.ExecPolicy, child.ExecPolicy)
            ?? BeyondLimits(parent.Resources, child.Resources)
            ?? WayAround(parent, child);
    }

    private static string? Beyond(string capability, IReadOnlyList<string> parent, IReadOnlyList<string> child)
    {
        foreach (var pattern in child)
        {
            if (!CapabilityPattern.AnyIncludes(parent, pattern))
                return Sentence($"{capability} \"{pattern}\"");
        }
        return null;
    }

    /// <summary>A name of another program is covered by a pattern of the parent that says nothing about the tool that it means: "execute" by "e*".</summary>
    private static string? BeyondSpelling(IReadOnlyList<string> parent, IReadOnlyList<string> child)
    {
        foreach (var name in child)
        {
            if (name.Contains('*') || parent.Contains(name, StringComparer.Ordinal))
                continue;
            var meant = ForeignToolNames.Find(ForeignToolNames.Fold(name)) ?? (ForeignToolNames.IsPlain(name) ? name : "*");
            if (!CapabilityPattern.AnyIncludes(parent, meant))
                return Sentence($"tools \"{name}\"");
        }
        return null;
    }

    /// <summary>What the parent's lists take away from its tools stays away from the child.</summary>
    private static string? BeyondLists(AgentManifest parent, AgentManifest child)
    {
        foreach (var blocked in parent.ToolBlocklist)
        {
            if (!CapabilityPattern.AnyIncludes(child.ToolBlocklist, blocked))
                return $"the parent's tool_blocklist has \"{blocked}\": the child's must have it too";
        }
        if (parent.ToolAllowlist.Count == 0)
            return null;
        var reach = child.ToolAllowlist.Count > 0 ? child.ToolAllowlist : Tools(child);
        foreach (var pattern in reach)
        {
            if (!CapabilityPattern.AnyIncludes(parent.ToolAllowlist, pattern))
                return $"the parent's tool_allowlist leaves out \"{pattern}\": the child may not have it";
        }
        return null;
    }

    private static string? BeyondServers(AgentManifest parent, AgentManifest child)
    {
        // None named means all that the capabilities cover: from a parent with a list that is more than the list.
        if (child.McpServers.Count == 0)
            return parent.McpServers.Count == 0 ? null : "the parent is limited to some mcp_servers: the child must name its own among them";
        foreach (var server in child.McpServers)
        {
            var isParents = parent.McpServers.Count > 0
                ? parent.McpServers.Contains(server, StringComparer.Ordinal)
                : CapabilityPattern.AnyIncludes(Tools(parent), $"mcp_{server}_*");
            if (!isParents)
                return Sentence($"mcp_servers \"{server}\"");
        }
        return null;
    }

    /// <summary>Without a policy of its own an agent has the daemon's, which may be wider than its parent's or narrower than the child's.</summary>
    private static string? BeyondPolicy(ExecRules? parent, ExecRules? child)
    {
        if (child is null)
            return parent is null ? null : "the parent has an exec_policy of its own: the child must have one that is no wider";
        if (child.Mode == ExecMode.Deny || (parent is not null && child.IsWithin(parent)))
            return null;
        return Sentence("an exec_policy as wide as the child's");
    }

    private static string? BeyondLimits(AgentResources parent, AgentResources child) =>
        child.MaxMemoryBytes > parent.MaxMemoryBytes ? Sentence("max_memory_bytes")
        : child.MaxCpuTimeMs > parent.MaxCpuTimeMs ? Sentence("max_cpu_time_ms")
        : child.MaxToolCallsPerMinute > parent.MaxToolCallsPerMinute ? Sentence("max_tool_calls_per_minute")
        : child.MaxNetworkBytesPerHour > parent.MaxNetworkBytesPerHour ? Sentence("max_network_bytes_per_hour")
        : Exceeds(parent.MaxLlmTokensPerHour, child.MaxLlmTokensPerHour) ? Sentence("max_llm_tokens_per_hour")
        : Exceeds(parent.MaxCostPerHourUsd, child.MaxCostPerHourUsd) ? Sentence("max_cost_per_hour_usd")
        : Exceeds(parent.MaxCostPerDayUsd, child.MaxCostPerDayUsd) ? Sentence("max_cost_per_day_usd")
        : Exceeds(parent.MaxCostPerMonthUsd, child.MaxCostPerMonthUsd) ? Sentence("max_cost_per_month_usd")
        : null;

    /// <summary>0 is no limit, and so more than any.</summary>
    private static bool Exceeds(double parent, double child) => parent > 0 && (child <= 0 || child > parent);

    private static string? WayAround(AgentManifest parent, AgentManifest child)
    {
        if (child.Workspace is not null && child.Workspace != parent.Workspace)
            return "the child names a workspace: it gets one of its own";
        if (child.Module != "builtin:chat" && child.Module != parent.Module)
            return Sentence($"module \"{child.Module}\"");
        // Autonomous agents may be let off from asking for approval.
        if (child.Autonomous is not null && parent.Autonomous is null)
            return Sentence("[autonomous]");
        var isElsewhere = Reroutes(child.Model.ApiKeyEnv, child.Model.BaseUrl, parent.Model.ApiKeyEnv, parent.Model.BaseUrl)
            || child.FallbackModels.Any(fallback => Reroutes(fallback.ApiKeyEnv, fallback.BaseUrl, parent.Model.ApiKeyEnv, parent.Model.BaseUrl));
        return isElsewhere ? "the child's model names a key or an address (api_key_env, base_url) that is not its parent's" : null;
    }

    private static bool Reroutes(string? key, string? url, string? parentKey, string? parentUrl) =>
        (key is not null && key != parentKey) || (url is not null && url != parentUrl);

    private static IReadOnlyList<string> Tools(AgentManifest agent) =>
        agent.Capabilities.Tools is { Count: > 0 } own ? own : ToolProfiles.Find(agent.Profile)?.Tools ?? [];

    private static string Sentence(string what) => $"the parent does not have {what} itself, so it cannot give it to a child";
}
