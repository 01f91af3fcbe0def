using Fangd.Engine.Tools;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.TestKit;

namespace Fangd.UnitTests.Turns;

public sealed class TurnToolTests
{
    private static LlmToolCall Call(string id, string name, string arguments = "{}") => new(id, name, arguments);

    private static LlmTool Tool(string name) => new(name, "The client's.", "{}"u8.ToArray());

    [Fact]
    public async Task A_tool_call_is_run_and_its_result_goes_back_to_the_model()
    {
        var turn = new TurnCase([Say.Text("Let me look."), Say.Call("c1", "write", """{"a":1}"""), Say.Usage(7, 3), Say.Stop(LlmStop.ToolCalls)], Say.Answer("done"))
        {
            Tools = new("write"),
        };

        var result = await turn.Run();

        Assert.Equal("done", result.Text);
        Assert.Equal(2, result.Iterations);
        Assert.Equal(new LlmUsage(17, 8), result.Usage);
        Assert.Equal(
            ["User: hello", """Assistant: Let me look. + write#c1{"a":1}""", """Tool: c1=write did {"a":1}""", "Assistant: done"],
            TurnCase.Lines(turn.Conversation.Messages));
        Assert.Equal(
            [typeof(TextDelta), typeof(UsageUpdated), typeof(ToolStarted), typeof(ToolFinished), typeof(TextDelta), typeof(UsageUpdated)],
            turn.Sink.Events.Select(happened => happened.GetType()));
        var finished = turn.Sink.Events.OfType<ToolFinished>().Single();
        Assert.Equal("""{"a":1}""", finished.Input.GetRawText());
        Assert.Equal("""write did {"a":1}""", finished.Result);
    }

    [Fact]
    public async Task A_run_that_resumes_runs_the_open_calls_and_goes_on_from_their_results()
    {
        var turn = new TurnCase([Say.Call("c1", "write", "{}"), Say.Stop(LlmStop.ToolCalls)], Say.Answer("done"))
        {
            Tools = new("write"),
            Conversation = new ListConversation(
                LlmMessage.User("go"),
                new LlmMessage(LlmRole.Assistant, [Call("c1", "write", """{"a":1}"""), Call("c2", "write", """{"a":2}"""), Call("c3", "write", """{"a":3}""")]),
                LlmMessage.ToolResult(new LlmToolResult("c1", "write", "ran before", IsError: false))),
            Input = TurnCase.Ask("") with { Messages = [], Resumes = true },
        };

        Assert.Equal("done", (await turn.Run()).Text);

        Assert.Equal(
            [
                "User: go",
                """Assistant: write#c1{"a":1} + write#c2{"a":2} + write#c3{"a":3}""",
                "Tool: c1=ran before",
                """Tool: c2=write did {"a":2}""",
                """Tool: c3=write did {"a":3}""",
                "Assistant: write#c1_2{}",
                "Tool: c1_2=write did {}",
                "Assistant: done",
            ],
            TurnCase.Lines(turn.Conversation.Messages));
        Assert.Empty(turn.Conversation.Appends[0]);
    }

    [Fact]
    public async Task A_run_that_has_nothing_to_resume_does_nothing()
    {
        var turn = new TurnCase(Say.Answer("done"))
        {
            Conversation = new ListConversation(LlmMessage.User("go"), LlmMessage.Assistant("went")),
            Input = TurnCase.Ask("") with { Messages = [], Resumes = true },
        };

        Assert.Equal(RunFault.Cancelled, (await turn.Fail()).Fault);
        Assert.Equal((0, 2), (turn.Model.Calls, turn.Conversation.Messages.Count));
    }

    [Fact]
    public async Task A_call_is_stored_before_its_tool_starts_and_its_result_before_the_next_one()
    {
        var conversation = new ListConversation();
        var atRun = new List<string[]>();
        var tools = new ScriptedTools(
            (call, _) =>
            {
                atRun.Add(TurnCase.Lines(conversation.Messages));
                return ValueTask.FromResult(ToolOutcome.Ok("ok"));
            },
            "write_a", "write_b");

        await new TurnCase(Say.Call(Call("1", "write_a"), Call("2", "write_b")), Say.Answer("done")) { Conversation = conversation, Tools = tools }.Run();

        Assert.Equal(["User: hello", "Assistant: write_a#1{} + write_b#2{}"], atRun[0]);
        Assert.Equal(["User: hello", "Assistant: write_a#1{} + write_b#2{}", "Tool: 1=ok"], atRun[1]);
    }

    [Fact]
    public async Task Reading_calls_run_side_by_side_and_their_results_keep_the_order_of_the_calls()
    {
        var second = new TaskCompletionSource();
        var tools = new ScriptedTools(
            async (call, run) =>
            {
                // The first can only end when the second has run: together or never.
                if (call.Name == "read_a")
                    await second.Task.WaitAsync(TimeSpan.FromSeconds(20), run);
                else
                    second.SetResult();
                return ToolOutcome.Ok(call.Name);
            },
            "read_a", "read_b");
        var turn = new TurnCase(Say.Call(Call("1", "read_a"), Call("2", "read_b")), Say.Answer("done")) { Tools = tools };

        await turn.Run();

        Assert.Equal(["Tool: 1=read_a", "Tool: 2=read_b"], TurnCase.Lines(turn.Conversation.Messages)[2..4]);
        Assert.Equal(2, turn.Conversation.Appends[2].Count);
        Assert.Equal(["1", "2"], turn.Sink.Events.OfType<ToolStarted>().Select(started => started.CallId));
    }

    [Fact]
    public async Task No_more_than_eight_calls_run_at_once()
    {
        var running = 0;
        var most = 0;
        var full = new TaskCompletionSource();
        var tools = new ScriptedTools(
            async (call, run) =>
            {
                var now = Interlocked.Increment(ref running);
                InterlockedMax(ref most, now);
                if (now == 8)
                    full.TrySetResult();
                await full.Task.WaitAsync(TimeSpan.FromSeconds(20), run);
                Interlocked.Decrement(ref running);
                return ToolOutcome.Ok(call.Id);
            },
            "read");
        var calls = Enumerable.Range(0, 20).Select(i => Call($"c{i}", "read", $$"""{"n":{{i}}}""")).ToArray();
        var turn = new TurnCase(Say.Call(calls), Say.Answer("done")) { Tools = tools };

        await turn.Run();

        Assert.Equal(8, most);
        Assert.Equal(calls.Select(call => $"Tool: {call.Id}={call.Id}"), TurnCase.Lines(turn.Conversation.Messages)[2..22]);
    }

    [Fact]
    public async Task A_writing_call_waits_for_the_readers_before_it_and_is_waited_for()
    {
        var turn = new TurnCase(Say.Call(Call("1", "read"), Call("2", "write"), Call("3", "read", """{"x":1}""")), Say.Answer("done"))
        {
            Tools = new("read", "write"),
        };

        await turn.Run();

        Assert.Equal(["1", "2", "3"], turn.Tools.Runs.Select(call => call.Id));
        Assert.Equal([1, 1, 1, 1, 1, 1], turn.Conversation.Appends.Select(append => append.Count));
    }

    [Theory]
    [InlineData("{\"path\": \"a", "not valid JSON")]
    [InlineData("[1]", "one JSON object, not a list")]
    [InlineData("17", "one JSON object, not a number")]
    public async Task Broken_arguments_come_back_as_an_error_that_names_the_trouble(string arguments, string trouble)
    {
        var turn = new TurnCase(Say.Call(Call("1", "write", arguments)), Say.Answer("done")) { Tools = new("write") };

        await turn.Run();

        Assert.Empty(turn.Tools.Runs);
        var result = turn.Model.LastRequest.Messages[^1].Parts.OfType<LlmToolResult>().Single();
        Assert.True(result.IsError);
        Assert.Contains(trouble, result.Text);
        Assert.Contains("write", result.Text);
    }

    [Fact]
    public async Task Broken_arguments_are_kept_as_valid_json()
    {
        var turn = new TurnCase(Say.Call(Call("1", "write", "{\"a\":")), Say.Answer("done")) { Tools = new("write") };

        await turn.Run();

        Assert.Equal("""{"invalid_json":"{\u0022a\u0022:"}""", turn.Conversation.Messages[1].ToolCalls.Single().Arguments);
    }

    [Theory]
    [InlineData("", "{}")]
    [InlineData("\"{\\\"a\\\":1}\"", "{\"a\":1}")]
    public async Task Missing_and_twice_encoded_arguments_are_understood(string arguments, string understood)
    {
        var turn = new TurnCase(Say.Call(Call("1", "write", arguments)), Say.Answer("done")) { Tools = new("write") };

        await turn.Run();

        Assert.Equal(understood, turn.Tools.Runs.Single().Arguments);
    }

    [Fact]
    public async Task A_failed_tool_tells_the_model_not_to_invent_a_result()
    {
        var turn = new TurnCase(Say.Call(Call("1", "write")), Say.Answer("done"))
        {
            Tools = new((_, _) => ValueTask.FromResult(ToolOutcome.Error("The disk is full.")), "write"),
        };

        await turn.Run();

        var result = turn.Model.LastRequest.Messages[^1].Parts.OfType<LlmToolResult>().Single();
        Assert.True(result.IsError);
        Assert.StartsWith("The disk is full.", result.Text);
        Assert.Contains("Do not invent a result", result.Text);
        Assert.Equal("The disk is full.", turn.Sink.Events.OfType<ToolFinished>().Single().Result);
    }

    [Fact]
    public async Task Ids_that_a_server_reuses_in_every_turn_are_made_unique()
    {
        var turn = new TurnCase(Say.Call(Call("call_0", "read")), Say.Call(Call("call_0", "read", """{"x":1}"""), Call("", "read", """{"x":2}""")), Say.Answer("done"))
        {
            Tools = new("read"),
        };

        await turn.Run();

        var ids = turn.Conversation.Messages.SelectMany(message => message.ToolCalls).Select(call => call.Id).ToArray();
        Assert.Equal(["call_0", "call_0_2", "call_1"], ids);
        Assert.Equal(ids, turn.Conversation.Messages.SelectMany(message => message.Parts.OfType<LlmToolResult>()).Select(result => result.CallId));
    }

    [Fact]
    public async Task A_result_is_cut_to_its_share_of_the_window_when_it_arrives()
    {
        var turn = new TurnCase
        {
            Model = new(Say.Call(Call("1", "read")), Say.Answer("done")) { Window = 10_000 },
            Tools = new((_, _) => ValueTask.FromResult(ToolOutcome.Ok(new string('x', 50_000))), "read"),
        };

        await turn.Run();

        var text = turn.Conversation.Messages[2].Parts.OfType<LlmToolResult>().Single().Text;
        Assert.InRange(text.Length, 5_900, 6_000);
        Assert.Contains("left out", text);
    }

    [Fact]
    public async Task A_call_that_repeats_with_the_same_outcome_is_warned_about_and_then_not_run()
    {
        var turn = new TurnCase(
            Say.Call(Call("1", "read")), Say.Call(Call("2", "read")), Say.Call(Call("3", "read")), Say.Call(Call("4", "read")), Say.Answer("done"))
        {
            Tools = new((_, _) => ValueTask.FromResult(ToolOutcome.Ok("same")), "read"),
        };

        await turn.Run();

        var results = turn.Conversation.Messages.SelectMany(message => message.Parts.OfType<LlmToolResult>()).ToArray();
        Assert.Equal(3, turn.Tools.Runs.Count);
        Assert.Equal("same", results[0].Text);
        Assert.Contains("same result as before", results[1].Text);
        Assert.StartsWith("Not run", results[3].Text);
        Assert.True(results[3].IsError);
    }

    [Fact]
    public async Task The_breaker_ends_the_run_and_leaves_every_call_answered()
    {
        var calls = Enumerable.Range(0, 31).Select(i => Call($"c{i}", "read", $$"""{"n":{{i}}}""")).ToArray();
        var turn = new TurnCase(Say.Call(calls))
        {
            Tools = new("read"),
            Input = TurnCase.Ask("hello") with { Agent = TurnCase.Agent with { Autonomous = new() { MaxIterations = 5 } } },
        };

        var failed = await turn.Fail();

        Assert.Equal(RunFault.LoopLimit, failed.Fault);
        Assert.Empty(turn.Tools.Runs);
        Assert.Equal(31, turn.Conversation.Messages.Count(message => message.Role == LlmRole.Tool));
    }

    [Fact]
    public async Task A_call_of_the_callers_tool_ends_the_run_and_is_handed_back()
    {
        var turn = new TurnCase([Say.Text("Wait."), Say.Call("1", "read"), Say.Call("2", "theirs", """{"q":1}"""), Say.Usage(1, 1), Say.Stop(LlmStop.ToolCalls)])
        {
            Tools = new("read"),
            Input = TurnCase.Ask("hello") with { ClientTools = [Tool("theirs")] },
        };

        var result = await turn.Run();

        Assert.Equal(["theirs"], result.ClientCalls.Select(call => call.Name));
        Assert.Equal(LlmStop.ToolCalls, result.Stop);
        Assert.Equal("Wait.", result.Text);
        Assert.Empty(turn.Tools.Runs);
        Assert.Equal(["read", "theirs"], turn.Model.LastRequest.Tools.Select(tool => tool.Name));
        Assert.Equal("""Assistant: Wait. + theirs#2{"q":1}""", TurnCase.Lines(turn.Conversation.Messages)[^1]);
    }

    [Fact]
    public async Task Of_two_tools_with_one_name_the_callers_is_offered()
    {
        var turn = new TurnCase(Say.Call(Call("1", "read")))
        {
            Tools = new("read", "write"),
            Input = TurnCase.Ask("hello") with { ClientTools = [Tool("read")] },
        };

        var result = await turn.Run();

        Assert.Single(result.ClientCalls);
        Assert.Equal(["write", "read"], turn.Model.LastRequest.Tools.Select(tool => tool.Name));
        Assert.Equal("The client's.", turn.Model.LastRequest.Tools[1].Description);
    }

    [Fact]
    public async Task The_callers_results_answer_the_calls_of_the_run_before()
    {
        var conversation = new ListConversation(
            LlmMessage.User("hello"), new LlmMessage(LlmRole.Assistant, [Call("1", "theirs"), Call("2", "theirs")]));
        var turn = new TurnCase(Say.Answer("done"))
        {
            Conversation = conversation,
            Input = TurnCase.Ask("") with { Messages = [LlmMessage.ToolResult(new("1", "theirs", "one", false)), LlmMessage.ToolResult(new("2", "theirs", "two", false))] },
        };

        await turn.Run();

        Assert.Equal(
            ["System: You test.", "User: hello", "Assistant: theirs#1{} + theirs#2{}", "Tool: 1=one", "Tool: 2=two"],
            TurnCase.Lines(turn.Model.LastRequest.Messages));
    }

    [Fact]
    public async Task A_forced_tool_is_forced_once()
    {
        using var required = System.Text.Json.JsonDocument.Parse("\"required\"");
        var turn = new TurnCase(Say.Call(Call("1", "read")), Say.Answer("done"))
        {
            Tools = new("read"),
            Input = TurnCase.Ask("hello") with { Options = [new("tool_choice", required.RootElement), new("seed", required.RootElement)] },
        };

        await turn.Run();

        Assert.Equal(["tool_choice", "seed"], turn.Model.Requests[0].Options.Select(option => option.Key));
        Assert.Equal(["seed"], turn.Model.Requests[1].Options.Select(option => option.Key));
    }

    [Fact]
    public async Task A_printed_call_is_run_and_not_shown()
    {
        var turn = new TurnCase(
            [Say.Text("I'll look.\n"), Say.Text("<tool"), Say.Text("_call>{\"name\":\"read\",\"arguments\":{\"path\":\"a\"}}</tool_call>"), Say.End], Say.Answer("done"))
        {
            Tools = new("read"),
        };

        await turn.Run();

        Assert.Equal("I'll look.\ndone", turn.Sink.Text);
        Assert.Equal("Assistant: I'll look.\n + read#call_1{\"path\":\"a\"}", TurnCase.Lines(turn.Conversation.Messages)[1]);
        Assert.Equal("{\"path\":\"a\"}", turn.Tools.Runs.Single().Arguments);
    }

    [Fact]
    public async Task A_printed_call_of_a_tool_that_was_not_offered_is_text()
    {
        const string Text = "<tool_call>{\"name\":\"erase\",\"arguments\":{}}</tool_call>";
        var turn = new TurnCase([Say.Text(Text), Say.End]) { Tools = new("read") };

        Assert.Equal(Text, (await turn.Run()).Text);
        Assert.Equal(Text, turn.Sink.Text);
    }

    [Fact]
    public async Task A_printed_call_beside_real_ones_is_text()
    {
        const string Text = "As in <tool_call>{\"name\":\"read\",\"arguments\":{}}</tool_call>";
        var turn = new TurnCase([Say.Text(Text), Say.Call("1", "read"), Say.Stop(LlmStop.ToolCalls)], Say.Answer("done")) { Tools = new("read") };

        await turn.Run();

        Assert.Equal(Text + "done", turn.Sink.Text);
        Assert.Equal("1", turn.Tools.Runs.Single().Id);
    }

    [Fact]
    public async Task Thinking_goes_back_with_its_calls_while_the_run_lasts_and_is_not_kept()
    {
        var turn = new TurnCase([Say.Thinking("first "), Say.Thinking("look"), Say.Call("1", "read"), Say.Stop(LlmStop.ToolCalls)], Say.Answer("done"))
        {
            Tools = new("read"),
        };

        await turn.Run();

        Assert.Equal(new LlmReasoning("first look"), turn.Model.LastRequest.Messages[2].Parts[0]);
        Assert.Empty(turn.Conversation.Messages.SelectMany(message => message.Parts).OfType<LlmReasoning>());
    }

    [Fact]
    public async Task Signed_thinking_goes_back_block_by_block_in_its_order()
    {
        var turn = new TurnCase(
            [
                Say.Thinking("first "), Say.Thinking("look"), Say.EndThought("sig1"), Say.EndThought("{\"type\":\"redacted_thinking\"}"),
                Say.Thinking("unsigned"), Say.Text("Let me see."), Say.Call("1", "read"), Say.Stop(LlmStop.ToolCalls),
            ],
            Say.Answer("done"))
        {
            Tools = new("read"),
        };

        await turn.Run();

        Assert.Equal(
            [
                new LlmReasoning("first look", "sig1"), new LlmReasoning("", "{\"type\":\"redacted_thinking\"}"), new LlmReasoning("unsigned"),
                new LlmText("Let me see."), new LlmToolCall("1", "read", "{}"),
            ],
            turn.Model.LastRequest.Messages[2].Parts);
    }

    [Fact]
    public async Task A_text_that_only_looked_like_a_call_is_shown_in_the_end()
    {
        var turn = new TurnCase([Say.Text("See "), Say.Text("<tool"), Say.Text("box> and {\"name\": 1}."), Say.End])
        {
            Tools = new("read"),
        };

        Assert.Equal("See <toolbox> and {\"name\": 1}.", (await turn.Run()).Text);
        Assert.Equal("See <toolbox> and {\"name\": 1}.", turn.Sink.Text);
    }

    private static void InterlockedMax(ref int most, int now)
    {
        for (var seen = Volatile.Read(ref most); now > seen; seen = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, now, seen);
    }
}
