using Fangd.Engine.Tools;
using Microsoft.Extensions.Logging.Abstractions;

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
    [Theory]
    [InlineData("file_write")]
    [InlineData("FILE_WRITE")]
    [InlineData("File-Write")]
    [InlineData(" file_write ")]
    [InlineData("file_write\n")]
    [InlineData("file\0write")]
    [InlineData("f\u0131le_write")]
    [InlineData("file_write\u200b")]
    [InlineData("write_file")]
    [InlineData("Write")]
    [InlineData("savefile")]
    [InlineData("file_read,file_write")]
    [InlineData("file_read/../file_write")]
    [InlineData("file_*")]
    [InlineData("*")]
    [InlineData("")]
    [InlineData("memory_store")]
    [InlineData("kv_set")]
    public async Task No_spelling_reaches_a_tool_that_is_not_granted(string name)
    {
        var tools = new[] { new ScriptedTool("file_read"), new ScriptedTool("file_write"), new ScriptedTool("memory_store", """{"type":"object"}""", "kv_set") };

        var outcome = await ToolBench.Open(ToolBench.Agent("file_read"), tools).Call(name);

        Assert.True(outcome.IsError);
        Assert.All(tools, tool => Assert.Empty(tool.Calls));
    }

    [Trait("suite", "escape")]
    [Theory]
    [InlineData("mcp_a_bc", "mcp_ab_c")]
    [InlineData("mcp_a_bc", "mcp_a_b_c")]
    [InlineData("mcp_a_bc", "mcpa_bc")]
    [InlineData("fi_le_read", "file_read")]
    [InlineData("**", "file_read")]
    [InlineData("f*l*", "file_read")]
    [InlineData("", "file_read")]
    public async Task A_grant_of_a_tool_that_is_away_gives_no_other(string granted, string other)
    {
        var tool = new ScriptedTool(other);
        var only = ToolBench.Agent("*") with { ToolAllowlist = [granted] };

        Assert.Empty(ToolBench.Open(ToolBench.Agent(granted), tool).Offered);
        Assert.Empty(ToolBench.Open(only, tool).Offered);
        Assert.True((await ToolBench.Open(ToolBench.Agent(granted), tool).Call(other)).IsError);
        Assert.True((await ToolBench.Open(ToolBench.Agent(granted), tool).Call(granted)).IsError);
        Assert.Empty(tool.Calls);
    }

    [Trait("suite", "escape")]
    [Fact]
    public async Task A_tool_from_outside_does_not_take_the_name_of_one_of_ours()
    {
        var (ours, theirs) = (new ScriptedTool("file_read"), new ScriptedTool("file_read"));
        var gate = new ToolGate(new ToolCatalog([ours]), [], [new Source(theirs)], new StoppedClock(), NullLogger<ToolGate>.Instance);

        await gate.Open(ToolBench.Scope(ToolBench.Agent("*")), "Normal").Call("file_read");

        Assert.Single(ours.Calls);
        Assert.Empty(theirs.Calls);
    }

    private sealed class Source(params ITool[] tools) : IToolSource
    {
        public IReadOnlyList<ITool> Tools => tools;
    }

    [Trait("suite", "escape")]
    [Fact]
    public void Two_tools_cannot_share_a_name() =>
        Assert.Throws<ArgumentException>(() => new ToolCatalog([new ScriptedTool("a"), new ScriptedTool("b", """{"type":"object"}""", "a")]));

    [Fact]
    public void The_catalog_names_tools_and_their_aliases() =>
        Assert.Equal(["file_read", "file_write", "memory_store", "kv_set", "memory_recall", "kv_get"], new ToolCatalog(_tools).Names);
}
