using System.Text.Json;
using Fangd.Engine.Agents;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.TestKit;

namespace Fangd.UnitTests.Turns;

public sealed class TurnLoopTests
{
    [Fact]
    public async Task A_plain_message_is_one_call_with_the_agents_own_prompt_and_nothing_else()
    {
        var turn = new TurnCase(Say.Answer("hi there"));

        var result = await turn.Run();

        Assert.Equal("hi there", result.Text);
        Assert.Equal(1, result.Iterations);
        Assert.Equal(new LlmUsage(10, 5), result.Usage);
        Assert.Equal("script-1", result.Model);
        Assert.Equal(LlmStop.EndTurn, result.Stop);
        var request = Assert.Single(turn.Model.Requests);
        Assert.Equal(["System: You test.", "User: hello"], TurnCase.Lines(request.Messages));
        Assert.Equal(0.3, request.Temperature);
        Assert.Equal(900, request.MaxTokens);
        Assert.Empty(request.Tools);
        Assert.Equal(["User: hello", "Assistant: hi there"], TurnCase.Lines(turn.Conversation.Messages));
        Assert.Equal([new TextDelta("hi there"), new UsageUpdated(new LlmUsage(10, 5), 1)], turn.Sink.Events);
    }

    [Fact]
    public async Task The_user_message_is_stored_before_the_model_is_asked_and_the_answer_before_the_run_ends()
    {
        var model = new ScriptedModel(Say.Answer("a"));
        var callsAtAppend = new List<int>();
        var conversation = new ListConversation { OnAppend = _ => callsAtAppend.Add(model.Calls) };

        await new TurnCase { Model = model, Conversation = conversation }.Run();

        Assert.Equal([0, 1], callsAtAppend);
    }

    [Fact]
    public async Task The_callers_system_messages_and_the_summary_follow_the_agents_prompt()
    {
        var turn = new TurnCase(Say.Answer("a"))
        {
            Conversation = new ListConversation { Summary = "They like tea." },
            Input = TurnCase.Ask("hello") with { CallerSystem = ["Answer in French.", "Be brief."] },
        };

        await turn.Run();

        var prompt = turn.Model.LastRequest.Messages[0];
        Assert.Equal(LlmRole.System, prompt.Role);
        Assert.StartsWith("You test.\n\nAnswer in French.\n\nBe brief.\n\n", prompt.Text);
        Assert.EndsWith("They like tea.", prompt.Text);
        Assert.Single(turn.Model.LastRequest.Messages, message => message.Role == LlmRole.System);
    }

    [Fact]
    public async Task The_requests_own_temperature_limit_and_options_win()
    {
        using var seed = JsonDocument.Parse("7");
        var turn = new TurnCase(Say.Answer("a"))
        {
            Input = TurnCase.Ask("hello") with { Temperature = 0, MaxTokens = 12, Options = [new("seed", seed.RootElement)] },
        };

        await turn.Run();

        Assert.Equal(0, turn.Model.LastRequest.Temperature);
        Assert.Equal(12, turn.Model.LastRequest.MaxTokens);
        Assert.Equal("seed", Assert.Single(turn.Model.LastRequest.Options).Key);
    }

    [Fact]
    public async Task Deltas_and_thinking_are_passed_on_at_once_and_in_order()
    {
        var turn = new TurnCase([Say.Thinking("hm"), Say.Text("one "), Say.Text("two"), Say.Usage(3, 2), Say.End]);

        await turn.Run();

        Assert.Equal(
            [new ThinkingDelta("hm"), new TextDelta("one "), new TextDelta("two"), new UsageUpdated(new LlmUsage(3, 2), 1)],
            turn.Sink.Events);
    }

    [Fact]
    public async Task A_provider_that_counts_nothing_is_estimated()
    {
        var turn = new TurnCase([Say.Text(new string('x', 400)), Say.End]);

        var result = await turn.Run();

        Assert.Equal(104, result.Usage.Output);
        Assert.InRange(result.Usage.Input, 1, 40);
    }

    [Fact]
    public async Task The_cost_is_the_models_price_for_all_calls_of_the_run()
    {
        var turn = new TurnCase { Model = new(Say.Call(new LlmToolCall("c", "read", "{}")), Say.Answer("a")) { CostPerMillion = 1_000_000 }, Tools = new("read") };

        Assert.Equal(30, (await turn.Run()).CostUsd);
    }

    [Fact]
    public async Task An_answer_cut_by_the_token_limit_is_continued_and_joined()
    {
        var turn = new TurnCase(
            [Say.Text("one "), Say.Usage(1, 1), Say.Stop(LlmStop.MaxTokens)],
            [Say.Text("two "), Say.Usage(1, 1), Say.Stop(LlmStop.MaxTokens)],
            [Say.Text("three"), Say.Usage(1, 1), Say.End]);

        var result = await turn.Run();

        Assert.Equal("one two three", result.Text);
        Assert.Equal("one two three", turn.Sink.Text);
        Assert.Equal(3, result.Iterations);
        Assert.Equal(["User: hello", "Assistant: one two three"], TurnCase.Lines(turn.Conversation.Messages));
        Assert.Equal("Assistant: two ", TurnCase.Lines(turn.Model.LastRequest.Messages)[^2]);
    }

    [Fact]
    public async Task An_answer_is_continued_five_times_and_then_taken_as_it_is()
    {
        var turn = new TurnCase([Say.Text("x"), Say.Usage(1, 1), Say.Stop(LlmStop.MaxTokens)]);

        var result = await turn.Run();

        Assert.Equal("xxxxxx", result.Text);
        Assert.Equal(LlmStop.MaxTokens, result.Stop);
        Assert.Equal(6, turn.Model.Calls);
    }

    [Fact]
    public async Task A_limit_that_the_caller_set_is_not_exceeded_by_continuing()
    {
        var turn = new TurnCase([Say.Text("one"), Say.Stop(LlmStop.MaxTokens)]) { Input = TurnCase.Ask("hello") with { MaxTokens = 1 } };

        var result = await turn.Run();

        Assert.Equal("one", result.Text);
        Assert.Equal(LlmStop.MaxTokens, result.Stop);
        Assert.Equal(1, turn.Model.Calls);
    }

    [Fact]
    public async Task An_empty_answer_is_asked_for_once_more()
    {
        var turn = new TurnCase([Say.End], Say.Answer("now"));

        Assert.Equal("now", (await turn.Run()).Text);
        Assert.Equal(2, turn.Model.Calls);
    }

    [Fact]
    public async Task A_model_that_stays_silent_by_mistake_gets_a_text_that_says_so()
    {
        var turn = new TurnCase([Say.Text("  "), Say.End]);

        var result = await turn.Run();

        Assert.Contains("gave no answer", result.Text);
        Assert.False(result.IsSilent);
        Assert.EndsWith(result.Text, turn.Sink.Text);
        Assert.Equal(2, turn.Model.Calls);
        Assert.Equal($"Assistant: {result.Text}", TurnCase.Lines(turn.Conversation.Messages)[^1]);
    }

    [Fact]
    public async Task A_request_that_is_its_own_conversation_gets_an_empty_answer_as_it_is()
    {
        var turn = new TurnCase([Say.Stop(LlmStop.ContentFilter)]) { Input = TurnCase.Ask("hello") with { KeepAllMessages = true } };

        var result = await turn.Run();

        Assert.Equal("", result.Text);
        Assert.Equal(LlmStop.ContentFilter, result.Stop);
        Assert.Equal(1, turn.Model.Calls);
    }

    [Theory]
    [InlineData("NO_REPLY")]
    [InlineData("[SILENT]")]
    [InlineData(" NO_REPLY\n")]
    public async Task A_silence_marker_is_stored_and_not_shown(string marker)
    {
        var turn = new TurnCase([.. marker.Select(c => Say.Text(c.ToString())), Say.End]);

        var result = await turn.Run();

        Assert.True(result.IsSilent);
        Assert.Equal("", result.Text);
        Assert.Empty(turn.Sink.Deltas);
        Assert.Equal($"Assistant: {marker}", TurnCase.Lines(turn.Conversation.Messages)[^1]);
    }

    [Fact]
    public async Task A_text_that_only_begins_like_a_marker_is_shown_in_full()
    {
        var turn = new TurnCase([Say.Text("NO_"), Say.Text("RE"), Say.Text("ASON at all"), Say.End]);

        Assert.False((await turn.Run()).IsSilent);
        Assert.Equal(["NO_REASON at all"], turn.Sink.Deltas);
    }

    [Fact]
    public async Task A_held_beginning_is_shown_when_the_answer_ends_with_it()
    {
        var turn = new TurnCase([Say.Text("NO"), Say.End]);

        Assert.Equal("NO", (await turn.Run()).Text);
        Assert.Equal(["NO"], turn.Sink.Deltas);
    }

    [Fact]
    public async Task A_long_session_sends_only_its_newest_messages_and_begins_with_the_user()
    {
        var history = Enumerable.Range(0, 101).Select(i => i % 2 == 0 ? LlmMessage.User($"u{i}") : LlmMessage.Assistant($"a{i}")).ToArray();
        var turn = new TurnCase(Say.Answer("a"))
        {
            Conversation = new ListConversation(history[..^1]),
            Input = TurnCase.Ask("last") with { Agent = TurnCase.Agent with { MaxHistoryMessages = 8 } },
        };

        await turn.Run();

        var sent = TurnCase.Lines(turn.Model.LastRequest.Messages);
        Assert.Equal("User: u94", sent[1]);
        Assert.Equal("User: last", sent[^1]);
        Assert.Equal(8, sent.Length);
    }

    [Fact]
    public async Task A_message_in_a_session_of_ten_thousand_looks_only_at_its_newest_messages()
    {
        var conversation = new EndlessConversation(10_000);

        await new TurnLoop().Run(TurnCase.Ask("hello"), conversation, new ScriptedModel(Say.Answer("a")), new ScriptedTools(), new RecordingSink(), default);

        Assert.InRange(conversation.Reads, 1, 120);
    }

    [Fact]
    public async Task A_request_that_is_its_own_conversation_is_sent_whole()
    {
        var history = Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? LlmMessage.User($"u{i}") : LlmMessage.Assistant($"a{i}")).ToArray();
        var turn = new TurnCase(Say.Answer("a"))
        {
            Model = new(Say.Answer("a")) { Window = 100 },
            Conversation = new ListConversation(history),
            Input = TurnCase.Ask("last") with { KeepAllMessages = true },
        };

        await turn.Run();

        Assert.Equal(102, turn.Model.LastRequest.Messages.Count);
        Assert.Equal(1, turn.Model.Calls);
    }

    [Fact]
    public async Task Deeper_nesting_than_five_is_refused_before_anything_happens()
    {
        var turn = new TurnCase(Say.Answer("a")) { Input = TurnCase.Ask("hello") with { Depth = 6 } };

        var failed = await turn.Fail();

        Assert.Equal(RunFault.LoopLimit, failed.Fault);
        Assert.Contains("5 deep", failed.Message);
        Assert.Empty(turn.Conversation.Appends);
    }

    [Fact]
    public async Task Five_deep_is_allowed()
    {
        var turn = new TurnCase(Say.Answer("a")) { Input = TurnCase.Ask("hello") with { Depth = 5 } };

        Assert.Equal("a", (await turn.Run()).Text);
    }

    [Fact]
    public async Task The_number_of_model_calls_is_limited_by_the_manifest()
    {
        var number = 0;
        var turn = new TurnCase(Say.Call(new LlmToolCall("c", "read", "{}")))
        {
            Tools = new((_, _) => ValueTask.FromResult(Engine.Tools.ToolOutcome.Ok($"{number++}")), "read"),
            Input = TurnCase.Ask("hello") with { Agent = TurnCase.Agent with { Autonomous = new AgentAutonomy { MaxIterations = 3 } } },
        };

        var failed = await turn.Fail();

        Assert.Equal(RunFault.LoopLimit, failed.Fault);
        Assert.Equal(3, turn.Model.Calls);
        Assert.Equal(3, failed.Iterations);
        Assert.Equal(new LlmUsage(30, 15), failed.Usage);
    }

    /// <summary>A long conversation that counts how many of its messages are looked at.</summary>
    private sealed class EndlessConversation(int count) : IConversation, IReadOnlyList<LlmMessage>
    {
        private readonly List<LlmMessage> _new = [];

        public int Reads { get; private set; }

        public IReadOnlyList<LlmMessage> Messages => this;

        public string? Summary => null;

        public int Count => count + _new.Count;

        public LlmMessage this[int index]
        {
            get
            {
                Reads++;
                return index >= count ? _new[index - count] : index % 2 == 0 ? LlmMessage.User("u") : LlmMessage.Assistant("a");
            }
        }

        public ValueTask Append(IReadOnlyList<LlmMessage> messages, CancellationToken run)
        {
            _new.AddRange(messages);
            return ValueTask.CompletedTask;
        }

        public ValueTask Compact(string summary, int keep, CancellationToken run) => throw new InvalidOperationException("Nothing is to be compacted.");

        public IEnumerator<LlmMessage> GetEnumerator() => throw new InvalidOperationException("The whole conversation was read.");

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
