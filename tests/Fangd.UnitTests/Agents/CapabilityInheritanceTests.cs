using Fangd.Engine.Agents;
using Fangd.Engine.Tools;

namespace Fangd.UnitTests.Agents;

/// <summary>A child never has more than its parent.</summary>
public sealed class CapabilityInheritanceTests
{
    private static readonly AgentManifest _parent = new()
    {
        Name = "parent",
        Capabilities = new AgentCapabilities
        {
            Tools = ["file_*", "web_fetch", "mcp_github_*"],
            Network = ["*.example.com"],
            Shell = ["git *"],
            MemoryRead = ["self.*"],
            MemoryWrite = ["self.notes.*"],
            AgentMessage = ["helper-*"],
            AgentSpawn = true,
        },
        Resources = new AgentResources { MaxLlmTokensPerHour = 1000, MaxCostPerDayUsd = 1 },
        ToolBlocklist = ["file_delete"],
    };

    /// <summary>A child that is well within its parent; each test widens it in one place.</summary>
    private static AgentManifest Child(AgentCapabilities? capabilities = null) => new()
    {
        Name = "child",
        Capabilities = capabilities ?? new AgentCapabilities { Tools = ["file_read"] },
        Resources = new AgentResources { MaxLlmTokensPerHour = 500, MaxCostPerDayUsd = 0.5 },
        ToolBlocklist = ["file_delete"],
    };

    [Fact]
    public void A_child_may_have_all_that_its_parent_has() =>
        Assert.Null(CapabilityInheritance.Excess(_parent, Child(_parent.Capabilities) with { Resources = _parent.Resources, McpServers = ["github"] }));

    public static TheoryData<AgentCapabilities, string> Wider => new()
    {
        { new() { Tools = ["*"] }, "tools \"*\"" },
        { new() { Tools = ["file*"] }, "tools \"file*\"" },
        { new() { Tools = ["*_read"] }, "tools \"*_read\"" },
        { new() { Tools = ["f*_read"] }, "tools" },
        { new() { Tools = ["web_*"] }, "tools \"web_*\"" },
        { new() { Tools = ["file_read", "shell_exec"] }, "shell_exec" },
        { new() { Network = ["*"] }, "network" },
        { new() { Network = ["*.com"] }, "network" },
        { new() { Network = ["example.com"] }, "network" },
        { new() { Network = ["evil.com/*.example.com*"] }, "network" },
        { new() { Shell = ["*"] }, "shell" },
        { new() { Shell = ["git*"] }, "shell" },
        { new() { MemoryRead = ["*"] }, "memory_read" },
        { new() { MemoryWrite = ["self.*"] }, "memory_write" },
        { new() { AgentMessage = ["*"] }, "agent_message" },
        { new() { AgentMessage = ["helper"] }, "agent_message" },
        { new() { OfpConnect = ["peer"] }, "ofp_connect" },
        { new() { OfpDiscover = true }, "ofp_discover" },
    };

    [Trait("suite", "escape")]
    [Theory]
    [MemberData(nameof(Wider))]
    public void A_wider_capability_is_refused_and_named(AgentCapabilities capabilities, string named) =>
        Assert.Contains(named, CapabilityInheritance.Excess(_parent, Child(capabilities)));

    public static TheoryData<AgentManifest, string> Around => new()
    {
        { Child(new()) with { Profile = "full" }, "tools" },
        { Child() with { ToolBlocklist = [] }, "tool_blocklist" },
        { Child() with { McpServers = ["postgresql"] }, "mcp_servers" },
        { Child() with { Workspace = "workspaces/parent" }, "workspace" },
        { Child() with { Module = "python:evil.py" }, "module" },
        { Child() with { Model = new AgentModel { BaseUrl = "http://203.0.113.9" } }, "base_url" },
        { Child() with { Model = new AgentModel { ApiKeyEnv = "OTHER_KEY" } }, "api_key_env" },
        { Child() with { FallbackModels = [new FallbackModel("openai", "x", null, "http://203.0.113.9")] }, "base_url" },
        { Child() with { Resources = new AgentResources { MaxCostPerDayUsd = 0.5 } }, "max_llm_tokens_per_hour" },
        { Child() with { Resources = new AgentResources { MaxLlmTokensPerHour = 500 } }, "max_cost_per_day_usd" },
        { Child() with { Resources = new AgentResources { MaxLlmTokensPerHour = 500, MaxCostPerDayUsd = 2 } }, "max_cost_per_day_usd" },
        { Child() with { Resources = new AgentResources { MaxLlmTokensPerHour = 500, MaxCostPerDayUsd = 1, MaxToolCallsPerMinute = 61 } }, "max_tool_calls_per_minute" },
    };

    [Trait("suite", "escape")]
    [Theory]
    [MemberData(nameof(Around))]
    public void The_ways_around_are_closed_too(AgentManifest child, string named) =>
        Assert.Contains(named, CapabilityInheritance.Excess(_parent, child));

    [Trait("suite", "escape")]
    [Fact]
    public void A_parent_with_an_allowlist_gives_only_what_is_on_it()
    {
        var parent = _parent with { ToolAllowlist = ["file_read"], ToolBlocklist = [] };

        Assert.Null(CapabilityInheritance.Excess(parent, Child()));
        Assert.Contains("tool_allowlist", CapabilityInheritance.Excess(parent, Child(new AgentCapabilities { Tools = ["file_write"] })));
        Assert.Null(CapabilityInheritance.Excess(parent, Child(new AgentCapabilities { Tools = ["file_*"] }) with { ToolAllowlist = ["file_read"] }));
    }

    [Trait("suite", "escape")]
    [Fact]
    public void Only_an_autonomous_parent_has_autonomous_children()
    {
        Assert.Contains("[autonomous]", CapabilityInheritance.Excess(_parent, Child() with { Autonomous = new AgentAutonomy() }));
        Assert.Null(CapabilityInheritance.Excess(_parent with { Autonomous = new AgentAutonomy() }, Child() with { Autonomous = new AgentAutonomy() }));
    }

    [Trait("suite", "escape")]
    [Fact]
    public void A_parent_without_spawn_cannot_give_it() => Assert.Contains(
        "agent_spawn",
        CapabilityInheritance.Excess(
            _parent with { Capabilities = _parent.Capabilities with { AgentSpawn = false } },
            Child(new AgentCapabilities { AgentSpawn = true })));

    [Theory]
    [InlineData("*", "*", true)]
    [InlineData("*", "a*b", true)]
    [InlineData("a*", "ab*", true)]
    [InlineData("*b", "*ab", true)]
    [InlineData("a*b", "ax*yb", true)]
    [InlineData("a*", "a", true)]
    [InlineData("ab*", "a*", false)]
    [InlineData("a*", "*", false)]
    [InlineData("a*b", "a*", false)]
    [InlineData("a", "a*", false)]
    [InlineData("a*b*", "a*b", false)]
    [InlineData("*", "b*c*", false)]
    public void A_pattern_includes_another_as_a_set(string outer, string inner, bool includes) =>
        Assert.Equal(includes, CapabilityPattern.Includes(outer, inner));
}
