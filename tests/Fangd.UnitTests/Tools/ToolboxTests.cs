using Fangd.Engine.Agents;
using Fangd.Engine.Tools;
using Fangd.Protocols.Llm;
using Microsoft.Extensions.Logging;

namespace Fangd.UnitTests.Tools;

public sealed class ToolboxTests
{
    private const string Schema = """
        {"type":"object","properties":{
          "path":{"type":"string"},"count":{"type":"integer"},"deep":{"type":"boolean"},
          "list":{"type":"array"},"kind":{"type":"string","enum":["a","b"]},"value":{}},
         "required":["path","value"]}
        """;

    [Theory]
    [InlineData("""{"value":1}""", "\"path\"", "a string")]
    [InlineData("""{"path":null,"value":1}""", "\"path\"", "a string")]
    [InlineData("""{"path":7,"value":1}""", "\"path\" is a number", "a string")]
    [InlineData("""{"path":"x"}""", "\"value\"", "any JSON value")]
    [InlineData("""{"path":"x","value":1,"count":"3"}""", "\"count\" is a string", "a whole number")]
    [InlineData("""{"path":"x","value":1,"count":1.5}""", "\"count\" is a number", "a whole number")]
    [InlineData("""{"path":"x","value":1,"deep":"yes"}""", "\"deep\" is a string", "a boolean")]
    [InlineData("""{"path":"x","value":1,"list":{}}""", "\"list\" is an object", "an array")]
    [InlineData("""{"path":"x","value":1,"kind":"c"}""", "\"kind\"", "a, b")]
    [InlineData("[1]", "JSON object", "")]
    [InlineData("\"x\"", "JSON object", "")]
    [InlineData("""{"path":""", "not valid JSON", "line 1")]
    public async Task Wrong_arguments_are_answered_with_field_and_expected_type(string arguments, string field, string expected)
    {
        var tool = new ScriptedTool("probe", Schema);

        var outcome = await ToolBench.Open(ToolBench.Agent("*"), tool).Call("probe", arguments);

        Assert.True(outcome.IsError);
        Assert.Contains(field, outcome.Text);
        Assert.Contains(expected, outcome.Text);
        Assert.Empty(tool.Calls);
    }

    [Theory]
    [InlineData("""{"path":"x","value":null}""")]
    [InlineData("""{"path":"x","value":{"a":[]},"count":null,"kind":"b","list":[],"deep":false,"made_up":1}""")]
    public async Task Arguments_that_fit_reach_the_tool(string arguments)
    {
        var tool = new ScriptedTool("probe", Schema);

        Assert.False((await ToolBench.Open(ToolBench.Agent("*"), tool).Call("probe", arguments)).IsError);
        Assert.Equal([arguments], tool.Calls);
    }

    [Fact]
    public async Task No_arguments_at_all_are_an_empty_object()
    {
        var tool = new ScriptedTool("probe");

        await ToolBench.Open(ToolBench.Agent("*"), tool).Call("probe", "");

        Assert.Equal(["{}"], tool.Calls);
    }

    [Fact]
    public async Task A_fault_in_a_tool_is_an_outcome_without_details_and_is_logged()
    {
        var log = new List<(LogLevel Level, string Text, Exception? Fault)>();
        var tool = new ScriptedTool("probe") { Answer = _ => throw new IOException("cannot open /home/me/secret") };
        var gate = new ToolGate(new ToolCatalog([tool]), new StoppedClock(), new ListLogger(log));

        var outcome = await gate.Open(ToolBench.Scope(ToolBench.Agent("*")), "Normal").Call("probe");

        Assert.True(outcome.IsError);
        Assert.Contains("\"probe\" failed", outcome.Text);
        Assert.DoesNotContain("secret", outcome.Text);
        var entry = Assert.Single(log);
        Assert.Equal(LogLevel.Warning, entry.Level);
        Assert.Contains("run-1", entry.Text);
        Assert.IsType<IOException>(entry.Fault);
    }

    [Fact]
    public async Task A_tool_that_takes_too_long_is_stopped()
    {
        var clock = new StoppedClock();
        var tool = new ScriptedTool("probe") { Answer = Forever };
        var gate = new ToolGate(new ToolCatalog([tool]), clock, new ListLogger([]));

        var call = gate.Open(ToolBench.Scope(ToolBench.Agent("*")), "Normal").Call("probe");
        clock.Pass(TimeSpan.FromSeconds(119));
        Assert.False(call.IsCompleted);
        clock.Pass(TimeSpan.FromSeconds(1));

        var outcome = await call;
        Assert.True(outcome.IsError);
        Assert.Contains("stopped after 120 s", outcome.Text);
    }

    [Fact]
    public async Task Cancelling_the_run_throws_with_the_token_of_the_run()
    {
        using var stop = new CancellationTokenSource();
        var toolbox = ToolBench.Open(ToolBench.Agent("*"), new ScriptedTool("probe") { Answer = Forever });

        var call = toolbox.Run(new LlmToolCall("1", "probe", "{}"), stop.Token);
        await stop.CancelAsync();

        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await call);
        Assert.Equal(stop.Token, cancelled.CancellationToken);
    }

    [Fact]
    public async Task A_cancellation_that_nobody_asked_for_is_a_fault_of_the_tool()
    {
        var tool = new ScriptedTool("probe") { Answer = _ => throw new OperationCanceledException("inner") };

        Assert.True((await ToolBench.Open(ToolBench.Agent("*"), tool).Call("probe")).IsError);
    }

    [Fact]
    public async Task Calls_beyond_the_limit_of_a_minute_are_refused_until_it_has_passed()
    {
        var clock = new StoppedClock();
        var agent = ToolBench.Agent("*") with { Resources = new AgentResources { MaxToolCallsPerMinute = 2 } };
        var gate = new ToolGate(new ToolCatalog([new ScriptedTool("probe")]), clock, new ListLogger([]));

        Assert.False((await gate.Open(ToolBench.Scope(agent), "Normal").Call("probe")).IsError);
        clock.Pass(TimeSpan.FromSeconds(20));
        // Another run and another manifest instance: the limit is the agent's.
        Assert.False((await gate.Open(ToolBench.Scope(agent with { }), "Normal").Call("probe")).IsError);

        var refused = await gate.Open(ToolBench.Scope(agent), "Normal").Call("probe");
        Assert.True(refused.IsError);
        Assert.Contains("2 tool calls a minute", refused.Text);
        Assert.Contains("40 s", refused.Text);

        clock.Pass(TimeSpan.FromSeconds(40));
        Assert.False((await gate.Open(ToolBench.Scope(agent), "Normal").Call("probe")).IsError);
        Assert.True((await gate.Open(ToolBench.Scope(agent), "Normal").Call("probe")).IsError);
    }

    private static async ValueTask<ToolOutcome> Forever(CancellationToken run)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, run);
        return ToolOutcome.Ok("never");
    }

    private sealed class ListLogger(List<(LogLevel Level, string Text, Exception? Fault)> entries) : ILogger<ToolGate>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            entries.Add((logLevel, formatter(state, exception), exception));
    }
}
