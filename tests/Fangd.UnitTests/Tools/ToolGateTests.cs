using Fangd.Engine.Tools;

namespace Fangd.UnitTests.Tools;

public sealed class ToolGateTests
{
    private readonly ITool[] _tools =
    [
        new ScriptedTool("file_read") { IsReadOnly = true },
        new ScriptedTool("file_write"),
        new ScriptedTool("memory_store", """{"type":"object"}""", "kv_set"),
        new ScriptedTool("memory_recall", """{"type":"object"}""", "kv_get") { IsReadOnly = true },
    ];

    [Fact]
    public async Task Nothing_granted_offers_nothing()
    {
        var toolbox = ToolBench.Open(ToolBench.Agent(), _tools);

        Assert.Empty(toolbox.Offered);
        var outcome = await toolbox.Call("file_read");
        Assert.True(outcome.IsError);
        Assert.Contains("denied", outcome.Text);
        Assert.Contains("not granted", outcome.Text);
    }

    [Fact]
    public void A_star_offers_all_canonical_names_in_catalog_order() =>
        Assert.Equal(["file_read", "file_write", "memory_store", "memory_recall"], ToolBench.Open(ToolBench.Agent("*"), _tools).Names());

    [Fact]
    public void The_order_does_not_depend_on_the_manifest() =>
        Assert.Equal(["file_read", "memory_recall"], ToolBench.Open(ToolBench.Agent("memory_recall", "file_read"), _tools).Names());

    [Fact]
    public void Patterns_grant() => Assert.Equal(["file_read", "file_write"], ToolBench.Open(ToolBench.Agent("file_*"), _tools).Names());

    [Fact]
    public void A_tool_granted_under_an_alias_is_offered_under_it() =>
        Assert.Equal(["kv_set", "kv_get"], ToolBench.Open(ToolBench.Agent("kv_get", "kv_set"), _tools).Names());

    [Fact]
    public void A_tool_granted_under_both_names_is_offered_once() =>
        Assert.Equal(["memory_store"], ToolBench.Open(ToolBench.Agent("kv_set", "memory_store"), _tools).Names());

    [Fact]
    public void A_name_of_another_program_grants_our_tool() =>
        Assert.Equal(["file_read", "file_write"], ToolBench.Open(ToolBench.Agent("Read", "write_file"), _tools).Names());

    [Fact]
    public void A_profile_grants_its_tools() =>
        Assert.Equal(["memory_store", "memory_recall"], ToolBench.Open(ToolBench.Agent() with { Profile = "Messaging" }, _tools).Names());

    [Fact]
    public void A_list_of_tools_replaces_the_profile() =>
        Assert.Equal(["file_read"], ToolBench.Open(ToolBench.Agent("file_read") with { Profile = "full" }, _tools).Names());

    [Theory]
    [InlineData("custom")]
    [InlineData("no-such-profile")]
    public void A_profile_without_tools_grants_nothing(string profile) =>
        Assert.Empty(ToolBench.Open(ToolBench.Agent() with { Profile = profile }, _tools).Offered);

    [Trait("suite", "escape")]
    [Fact]
    public async Task The_allowlist_narrows_and_the_blocklist_wins()
    {
        var agent = ToolBench.Agent("*") with { ToolAllowlist = ["file_*", "kv_get"], ToolBlocklist = ["file_write"] };
        var toolbox = ToolBench.Open(agent, _tools);

        Assert.Equal(["file_read", "memory_recall"], toolbox.Names());
        Assert.Contains("tool_blocklist", (await toolbox.Call("file_write")).Text);
        Assert.Contains("tool_allowlist", (await toolbox.Call("memory_store")).Text);
    }

    [Trait("suite", "escape")]
    [Theory]
    [InlineData("kv_set")]
    [InlineData("memory_store")]
    [InlineData("KV-Set")]
    [InlineData("kv_s*")]
    public async Task The_blocklist_counts_under_every_name(string blocked)
    {
        var tool = new ScriptedTool("memory_store", """{"type":"object"}""", "kv_set");
        var toolbox = ToolBench.Open(ToolBench.Agent("memory_store", "kv_set") with { ToolBlocklist = [blocked] }, tool);

        Assert.Empty(toolbox.Offered);
        Assert.Contains("tool_blocklist", (await toolbox.Call("memory_store")).Text);
        Assert.Contains("tool_blocklist", (await toolbox.Call("kv_set")).Text);
        Assert.Empty(tool.Calls);
    }

    [Trait("suite", "escape")]
    [Fact]
    public async Task Observe_offers_nothing_and_says_why()
    {
        var toolbox = ToolBench.OpenIn(ToolBench.Agent("*"), "Observe", _tools);

        Assert.Empty(toolbox.Offered);
        Assert.Contains("mode", (await toolbox.Call("file_read")).Text);
    }

    [Fact]
    public async Task Assist_offers_what_only_reads()
    {
        var toolbox = ToolBench.OpenIn(ToolBench.Agent("*"), "assist", _tools);

        Assert.Equal(["file_read", "memory_recall"], toolbox.Names());
        Assert.Contains("only tools that read", (await toolbox.Call("file_write")).Text);
    }

    [Trait("suite", "escape")]
    [Fact]
    public void A_mode_that_is_none_offers_nothing() => Assert.Empty(ToolBench.OpenIn(ToolBench.Agent("*"), "bogus", _tools).Offered);

    [Fact]
    public async Task An_unknown_tool_is_answered_with_the_offered_ones()
    {
        var outcome = await ToolBench.Open(ToolBench.Agent("file_*"), _tools).Call("launch_rocket\n");

        Assert.True(outcome.IsError);
        Assert.Equal("There is no tool \"launch_rocket?\" (available: file_read, file_write).", outcome.Text);
    }

    [Theory]
    [InlineData("Read")]
    [InlineData("read_file")]
    [InlineData("ReadFile")]
    [InlineData("File-Read")]
    public async Task Names_of_other_programs_are_understood_when_called(string name)
    {
        var tool = new ScriptedTool("file_read") { IsReadOnly = true };
        var toolbox = ToolBench.Open(ToolBench.Agent("file_read"), tool);

        Assert.Equal("done", (await toolbox.Call(name, """{"path":"a"}""")).Text);
        Assert.Equal(["""{"path":"a"}"""], tool.Calls);
        Assert.True(toolbox.IsReadOnly(name));
    }

    [Theory]
    [InlineData("kv_get")]
    [InlineData("memory_recall")]
    public async Task Either_name_runs_the_tool(string granted)
    {
        var toolbox = ToolBench.Open(ToolBench.Agent(granted), _tools);

        Assert.False((await toolbox.Call("kv_get")).IsError);
        Assert.False((await toolbox.Call("memory_recall")).IsError);
    }

    [Fact]
    public void Only_offered_tools_are_read_only()
    {
        var toolbox = ToolBench.Open(ToolBench.Agent("file_*"), _tools);

        Assert.True(toolbox.IsReadOnly("file_read"));
        Assert.False(toolbox.IsReadOnly("file_write"));
        Assert.False(toolbox.IsReadOnly("memory_recall"));
        Assert.False(toolbox.IsReadOnly("nothing"));
    }

    [Fact]
    public void The_list_for_the_model_is_made_once_a_manifest()
    {
        var gate = ToolBench.Gate(_tools);
        var agent = ToolBench.Agent("*");

        Assert.Same(gate.Open(ToolBench.Scope(agent), "Normal").Offered, gate.Open(ToolBench.Scope(agent), "auto").Offered);
        Assert.NotSame(gate.Open(ToolBench.Scope(agent), "Normal").Offered, gate.Open(ToolBench.Scope(agent with { }), "Normal").Offered);
    }

    [Trait("suite", "escape")]
    [Fact]
    public void Two_tools_cannot_share_a_name() =>
        Assert.Throws<ArgumentException>(() => new ToolCatalog([new ScriptedTool("a"), new ScriptedTool("b", """{"type":"object"}""", "a")]));

    [Fact]
    public void The_catalog_names_tools_and_their_aliases() =>
        Assert.Equal(["file_read", "file_write", "memory_store", "kv_set", "memory_recall", "kv_get"], new ToolCatalog(_tools).Names);
}
