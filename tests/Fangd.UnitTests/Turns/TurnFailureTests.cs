using Fangd.Engine.Context;
using Fangd.Engine.Tools;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.TestKit;

namespace Fangd.UnitTests.Turns;

public sealed class TurnFailureTests
{
    [Theory]
    [InlineData(LlmFault.RateLimit, RunFault.Busy)]
    [InlineData(LlmFault.Overloaded, RunFault.Busy)]
    [InlineData(LlmFault.Timeout, RunFault.Model)]
    [InlineData(LlmFault.Unreachable, RunFault.Model)]
    [InlineData(LlmFault.Interrupted, RunFault.Model)]
    [InlineData(LlmFault.Garbage, RunFault.Model)]
    [InlineData(LlmFault.BadRequest, RunFault.Model)]
    [InlineData(LlmFault.ContextOverflow, RunFault.TooLong)]
    public async Task A_failed_model_call_fails_the_run_with_what_the_caller_can_do(LlmFault fault, RunFault expected)
    {
        var turn = new TurnCase(Say.Fail(fault, TimeSpan.FromSeconds(7)));

        var failed = await turn.Fail();

        Assert.Equal(expected, failed.Fault);
        Assert.Equal(fault, failed.ModelFault);
        Assert.Equal(TimeSpan.FromSeconds(7), failed.RetryAfter);
        Assert.Equal(["User: hello"], TurnCase.Lines(turn.Conversation.Messages));
    }

    [Fact]
    public async Task Text_that_came_before_a_failure_is_kept_and_the_next_message_works()
    {
        var turn = new TurnCase([Say.Text("half"), Say.Fault(LlmFault.Interrupted)]);
        await turn.Fail();

        var next = new TurnCase(Say.Answer("whole")) { Conversation = turn.Conversation, Input = TurnCase.Ask("again") };
        await next.Run();

        Assert.Equal(
            ["System: You test.", "User: hello", "Assistant: half", "User: again"], TurnCase.Lines(next.Model.LastRequest.Messages));
    }

    [Fact]
    public async Task A_message_that_was_never_answered_stands_before_the_next()
    {
        var turn = new TurnCase(Say.Fail(LlmFault.Timeout));
        await turn.Fail();

        var next = new TurnCase(Say.Answer("a")) { Conversation = turn.Conversation, Input = TurnCase.Ask("again") };
        await next.Run();

        Assert.Equal(["System: You test.", "User: hello", "User: again"], TurnCase.Lines(next.Model.LastRequest.Messages));
    }

    [Fact]
    public async Task A_stream_without_an_end_is_a_failure()
    {
        var turn = new TurnCase([Say.Text("half")]);

        var failed = await turn.Fail();

        Assert.Equal(RunFault.Model, failed.Fault);
        Assert.Equal("Assistant: half", TurnCase.Lines(turn.Conversation.Messages)[^1]);
    }

    [Fact]
    public async Task A_failed_continuation_keeps_the_text_before_it()
    {
        var turn = new TurnCase([Say.Text("one "), Say.Usage(4, 4), Say.Stop(LlmStop.MaxTokens)], [Say.Text("tw"), Say.Fault(LlmFault.Interrupted)]);

        var failed = await turn.Fail();

        Assert.Equal(new LlmUsage(4, 4), failed.Usage);
        Assert.Equal(["User: hello", "Assistant: one tw"], TurnCase.Lines(turn.Conversation.Messages));
    }

    [Fact]
    public async Task A_stopped_run_keeps_the_text_that_came()
    {
        using var stop = new CancellationTokenSource();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var turn = new TurnCase([Say.Text("half"), Say.WaitFor(new TaskCompletionSource().Task, reached)]);
        var run = turn.Fail(stop.Token);
        await reached.Task;

        await stop.CancelAsync();
        var failed = await run;

        Assert.Equal(RunFault.Cancelled, failed.Fault);
        Assert.Equal(["User: hello", "Assistant: half"], TurnCase.Lines(turn.Conversation.Messages));
    }

    [Fact]
    public async Task A_run_stopped_before_any_text_stores_no_empty_answer()
    {
        using var stop = new CancellationTokenSource();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var turn = new TurnCase([Say.WaitFor(new TaskCompletionSource().Task, reached)]);
        var run = turn.Fail(stop.Token);
        await reached.Task;

        await stop.CancelAsync();
        await run;

        Assert.Equal(["User: hello"], TurnCase.Lines(turn.Conversation.Messages));
    }

    [Fact]
    public async Task A_run_stopped_in_a_tool_leaves_every_call_answered()
    {
        using var stop = new CancellationTokenSource();
        var turn = new TurnCase(Say.Call(new LlmToolCall("1", "write_a", "{}"), new LlmToolCall("2", "write_b", "{}"), new LlmToolCall("3", "write_a", "{}")))
        {
            Tools = new(
                async (call, run) =>
                {
                    if (call.Id == "2")
                    {
                        await stop.CancelAsync();
                        run.ThrowIfCancellationRequested();
                    }
                    return ToolOutcome.Ok("ok");
                },
                "write_a", "write_b"),
        };

        await turn.Fail(stop.Token);

        var lines = TurnCase.Lines(turn.Conversation.Messages);
        Assert.Equal("Tool: 1=ok", lines[2]);
        Assert.StartsWith("Tool: !2=The run was stopped", lines[3]);
        Assert.StartsWith("Tool: !3=The run was stopped", lines[4]);
        Assert.Equal(["1", "2"], turn.Tools.Runs.Select(call => call.Id));
    }

    [Fact]
    public async Task What_a_crashed_run_left_open_is_closed_together_with_the_next_message()
    {
        var conversation = new ListConversation(
            LlmMessage.User("before"),
            new LlmMessage(LlmRole.Assistant, [new LlmToolCall("1", "write", "{}"), new LlmToolCall("2", "write", "{}")]),
            LlmMessage.ToolResult(new("1", "write", "ok", false)));
        var turn = new TurnCase(Say.Answer("done")) { Conversation = conversation, Tools = new("write") };

        await turn.Run();

        Assert.Equal([LlmRole.Tool, LlmRole.User], conversation.Appends[0].Select(message => message.Role));
        Assert.Equal($"Tool: !2={SessionRepair.MissingResult}", TurnCase.Lines(turn.Model.LastRequest.Messages)[4]);
        Assert.Empty(turn.Tools.Runs);
    }

    [Fact]
    public async Task A_conversation_that_the_provider_finds_too_long_is_shortened_once()
    {
        var history = Enumerable.Range(0, 20).Select(i => i % 2 == 0 ? LlmMessage.User($"u{i}") : LlmMessage.Assistant($"a{i}")).ToArray();
        var turn = new TurnCase(Say.Fail(LlmFault.ContextOverflow), Say.Answer("fits now")) { Conversation = new ListConversation(history) };

        var result = await turn.Run();

        Assert.Equal("fits now", result.Text);
        Assert.Equal(1, result.Iterations);
        var sent = turn.Model.LastRequest.Messages;
        Assert.Contains("left out", sent[0].Text);
        Assert.Equal(["User: u18", "Assistant: a19", "User: hello"], TurnCase.Lines(sent)[1..]);
        Assert.Equal(22, turn.Conversation.Messages.Count);
    }

    [Fact]
    public async Task A_conversation_that_stays_too_long_is_an_error_with_advice()
    {
        var history = Enumerable.Range(0, 20).Select(i => i % 2 == 0 ? LlmMessage.User($"u{i}") : LlmMessage.Assistant($"a{i}")).ToArray();
        var turn = new TurnCase(Say.Fail(LlmFault.ContextOverflow)) { Conversation = new ListConversation(history) };

        var failed = await turn.Fail();

        Assert.Equal(RunFault.TooLong, failed.Fault);
        Assert.Contains("larger context window", failed.Message);
        Assert.Equal(2, turn.Model.Calls);
    }

    [Fact]
    public async Task A_request_that_is_its_own_conversation_is_never_shortened()
    {
        var history = Enumerable.Range(0, 20).Select(i => i % 2 == 0 ? LlmMessage.User($"u{i}") : LlmMessage.Assistant($"a{i}")).ToArray();
        var turn = new TurnCase(Say.Fail(LlmFault.ContextOverflow))
        {
            Conversation = new ListConversation(history),
            Input = TurnCase.Ask("hello") with { KeepAllMessages = true },
        };

        Assert.Equal(RunFault.TooLong, (await turn.Fail()).Fault);
        Assert.Equal(1, turn.Model.Calls);
    }

    [Fact]
    public async Task One_message_that_is_larger_than_the_window_is_an_error_before_the_model_is_asked()
    {
        var turn = new TurnCase { Model = new(Say.Answer("a")) { Window = 1_000 }, Input = TurnCase.Ask(new string('x', 5_000)) };

        Assert.Equal(RunFault.TooLong, (await turn.Fail()).Fault);
        Assert.Equal(0, turn.Model.Calls);
    }

    [Fact]
    public async Task A_conversation_that_fills_the_window_is_summarised_before_the_answer()
    {
        var history = Enumerable.Range(0, 30)
            .Select(i => i % 2 == 0 ? LlmMessage.User($"u{i} " + new string('x', 200)) : LlmMessage.Assistant($"a{i} " + new string('y', 200)))
            .ToArray();
        var turn = new TurnCase
        {
            Model = new(Say.Answer("They spoke of letters."), Say.Answer("the answer")) { Window = 2_000 },
            Conversation = new ListConversation(history),
        };

        var result = await turn.Run();

        Assert.Equal("the answer", result.Text);
        Assert.Equal(new LlmUsage(20, 10), result.Usage);
        Assert.Equal("They spoke of letters.", turn.Conversation.Summary);
        Assert.EndsWith("They spoke of letters.", turn.Model.LastRequest.Messages[0].Text);
        Assert.StartsWith("User: u20 ", TurnCase.Lines(turn.Model.LastRequest.Messages)[1]);
        Assert.Equal(2, turn.Model.Calls);
    }
}
