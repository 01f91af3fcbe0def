using Fangd.Engine.Agents;
using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Memory;
using Fangd.Protocols.Llm;
using Fangd.TestKit;

namespace Fangd.UnitTests.Tools.Memory;

public sealed class MemoryToolTests
{
    private readonly KeptKeys _keys = new();

    [Theory]
    [InlineData("\"tea\"", "\"tea\"", "tea")]
    [InlineData("\"a \\\"b\\\"\"", "\"a \\\"b\\\"\"", "a \"b\"")]
    [InlineData("""{"theme":"dark"}""", """{"theme":"dark"}""", """{"theme":"dark"}""")]
    [InlineData("-12.5", "-12.5", "-12.5")]
    [InlineData("null", "null", "null")]
    public async Task A_stored_value_comes_back(string value, string kept, string recalled)
    {
        var toolbox = Open(new AgentCapabilities { Tools = ["*"] });

        Assert.False((await toolbox.Call("memory_store", $$"""{"key":"drink","value":{{value}}}""")).IsError);
        Assert.Equal(kept, _keys.Values[("agent-1", "drink")]);
        Assert.Equal(ToolOutcome.Ok(recalled), await toolbox.Call("kv_get", """{"key":"drink"}"""));
    }

    [Fact]
    public async Task What_was_stored_beside_foreign_text_comes_back_as_foreign()
    {
        var page = LlmMessage.ToolResult(new LlmToolResult("call-0", "web_fetch", "Nice weather today.", false) { Taint = TaintLabels.ExternalNetwork });
        var scope = ToolBench.Scope(ToolBench.Agent("*")) with { Conversation = new ListConversation(page) };
        var toolbox = ToolBench.Gate(new MemoryStoreTool(_keys), new MemoryRecallTool(_keys)).Open(scope, "Normal");

        await toolbox.Call("memory_store", """{"key":"plan","value":"in other words"}""");

        var recalled = await Open(new AgentCapabilities { Tools = ["*"] }).Call("memory_recall", """{"key":"plan"}""");
        Assert.Equal(("in other words", TaintLabels.ExternalNetwork), (recalled.Text, recalled.Labels));
    }

    [Fact]
    public async Task A_key_that_is_not_there_is_no_error()
    {
        var outcome = await Open(new AgentCapabilities { Tools = ["*"] }).Call("memory_recall", """{"key":"nope"}""");

        Assert.Equal(ToolOutcome.Ok("Nothing is stored under \"nope\"."), outcome);
    }

    [Theory]
    [InlineData("*", "self.*")]
    [InlineData("self.*", "*")]
    [InlineData("self.note_*", "note_1")]
    public async Task Patterns_cover_own_keys(string read, string write)
    {
        var toolbox = Open(new AgentCapabilities { Tools = ["*"], MemoryRead = [read], MemoryWrite = [write] });

        Assert.False((await toolbox.Call("memory_store", """{"key":"note_1","value":1}""")).IsError);
        Assert.Equal("1", (await toolbox.Call("memory_recall", """{"key":"note_1"}""")).Text);
    }

    [Fact]
    public async Task Keys_outside_the_patterns_are_denied()
    {
        _keys.Values[("agent-1", "other")] = "1";
        var toolbox = Open(new AgentCapabilities { Tools = ["*"], MemoryRead = ["self.note_*"], MemoryWrite = ["note_*"] });

        var read = await toolbox.Call("memory_recall", """{"key":"other"}""");
        var write = await toolbox.Call("memory_store", """{"key":"other","value":2}""");

        Assert.True(read.IsError);
        Assert.Contains("denied", read.Text);
        Assert.Contains("memory_read", read.Text);
        Assert.True(write.IsError);
        Assert.Contains("memory_write", write.Text);
        Assert.Equal("1", _keys.Values[("agent-1", "other")]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(513)]
    public async Task Keys_have_a_length(int length)
    {
        var outcome = await Open(new AgentCapabilities { Tools = ["*"] }).Call("memory_store", $$"""{"key":"{{new string('k', length)}}","value":1}""");

        Assert.True(outcome.IsError);
        Assert.Contains("1 to 512", outcome.Text);
        Assert.Empty(_keys.Values);
    }

    [Fact]
    public async Task Values_have_a_size()
    {
        var toolbox = Open(new AgentCapabilities { Tools = ["*"] });
        var fits = new string('v', 256 * 1024 - 2);

        Assert.False((await toolbox.Call("memory_store", $$"""{"key":"k","value":"{{fits}}"}""")).IsError);
        Assert.True((await toolbox.Call("memory_store", $$"""{"key":"k","value":"{{fits}}x"}""")).IsError);
        Assert.Equal(fits.Length + 2, _keys.Values[("agent-1", "k")].Length);
    }

    private IToolbox Open(AgentCapabilities capabilities) =>
        ToolBench.Open(new AgentManifest { Name = "tester", Capabilities = capabilities }, new MemoryStoreTool(_keys), new MemoryRecallTool(_keys));

    private sealed class KeptKeys : IKeyValueStore
    {
        public Dictionary<(string, string), string> Values { get; } = [];

        public Dictionary<(string, string), TaintLabels> Labels { get; } = [];

        public ValueTask<KeptValue?> Get(string agentId, string key, CancellationToken run) => ValueTask.FromResult(
            Values.TryGetValue((agentId, key), out var value) ? new KeptValue(value, Labels[(agentId, key)]) : null);

        public IReadOnlyList<string> Keys(string agentId, string prefix, Func<string, bool> isWanted, int limit) =>
        [
            .. Values.Keys.Where(key => key.Item1 == agentId && key.Item2.StartsWith(prefix, StringComparison.Ordinal) && isWanted(key.Item2))
                .Select(key => key.Item2).Order(StringComparer.Ordinal).Take(limit),
        ];

        public ValueTask Set(string agentId, string key, string valueJson, TaintLabels taint, CancellationToken run)
        {
            Values[(agentId, key)] = valueJson;
            Labels[(agentId, key)] = taint;
            return ValueTask.CompletedTask;
        }
    }
}
