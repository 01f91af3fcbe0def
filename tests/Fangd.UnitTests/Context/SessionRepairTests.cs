using Fangd.Engine.Context;
using Fangd.Protocols.Llm;
using Fangd.UnitTests.Turns;

namespace Fangd.UnitTests.Context;

public sealed class SessionRepairTests
{
    private static LlmMessage Calls(params string[] ids) =>
        new(LlmRole.Assistant, [.. ids.Select(id => new LlmToolCall(id, "t", "{}"))]);

    private static LlmMessage Result(string id, string text = "ok") => LlmMessage.ToolResult(new(id, "t", text, false));

    private static string[] Repaired(params LlmMessage[] messages) => TurnCase.Lines(SessionRepair.Repair(messages).Messages);

    [Fact]
    public void A_sound_history_is_returned_itself()
    {
        LlmMessage[] sound =
        [
            LlmMessage.System("s"), LlmMessage.User("u"), Calls("1", "2"), Result("1"), Result("2"), LlmMessage.Assistant("a"), LlmMessage.User("v"),
        ];

        var outcome = SessionRepair.Repair(sound);

        Assert.Same(sound, outcome.Messages);
        Assert.Equal(default, outcome.Counts);
    }

    [Fact]
    public void Results_of_one_message_count_as_sound_too()
    {
        LlmMessage[] sound = [LlmMessage.User("u"), Calls("1", "2"), new(LlmRole.Tool, [new LlmToolResult("1", "t", "a", false), new LlmToolResult("2", "t", "b", false)])];

        Assert.Same(sound, SessionRepair.Repair(sound).Messages);
    }

    [Fact]
    public void A_result_without_a_call_is_taken_out()
    {
        LlmMessage[] messages = [LlmMessage.User("u"), Result("9"), LlmMessage.Assistant("a")];

        Assert.Equal(["User: u", "Assistant: a"], Repaired(messages));
        Assert.Equal(1, SessionRepair.Repair(messages).Counts.OrphanedResults);
    }

    [Fact]
    public void A_call_without_a_result_gets_an_error()
    {
        LlmMessage[] messages = [LlmMessage.User("u"), Calls("1"), LlmMessage.User("v")];

        Assert.Equal(["User: u", "Assistant: t#1{}", $"Tool: !1={SessionRepair.MissingResult}", "User: v"], Repaired(messages));
        Assert.Equal(1, SessionRepair.Repair(messages).Counts.Synthetic);
    }

    [Fact]
    public void A_result_moves_right_behind_its_call()
    {
        LlmMessage[] messages = [LlmMessage.User("u"), Result("2", "early"), Calls("1", "2"), LlmMessage.User("v"), Result("1", "late")];

        Assert.Equal(["User: u", "Assistant: t#1{} + t#2{}", "Tool: 1=late", "Tool: 2=early", "User: v"], Repaired(messages));
        Assert.Equal(2, SessionRepair.Repair(messages).Counts.Reordered);
    }

    [Fact]
    public void Only_the_first_result_of_a_call_stays()
    {
        LlmMessage[] messages = [LlmMessage.User("u"), Calls("1"), Result("1", "a"), Result("1", "b")];

        Assert.Equal(["User: u", "Assistant: t#1{}", "Tool: 1=a"], Repaired(messages));
        Assert.Equal(1, SessionRepair.Repair(messages).Counts.Duplicates);
    }

    [Fact]
    public void Ids_that_are_numbered_anew_every_turn_keep_their_own_results()
    {
        LlmMessage[] messages =
        [
            LlmMessage.User("u"), Calls("0"), Result("0", "first"), Calls("0"), LlmMessage.User("v"), Calls("0"), Result("0", "third"),
        ];

        Assert.Equal(
            [
                "User: u", "Assistant: t#0{}", "Tool: 0=first", "Assistant: t#0_2{}", $"Tool: !0_2={SessionRepair.MissingResult}", "User: v",
                "Assistant: t#0_3{}", "Tool: 0_3=third",
            ],
            Repaired(messages));
        Assert.Equal(2, SessionRepair.Repair(messages).Counts.Renamed);
    }

    [Fact]
    public void Empty_messages_go_answers_are_joined_and_unanswered_messages_stay_apart()
    {
        LlmMessage[] messages =
        [
            LlmMessage.User("one"), LlmMessage.Assistant(" "), LlmMessage.User("two"), LlmMessage.Assistant("a"), new(LlmRole.Assistant, []),
            LlmMessage.Assistant("b"),
        ];

        var outcome = SessionRepair.Repair(messages);

        Assert.Equal(["User: one", "User: two", "Assistant: a\n\nb"], TurnCase.Lines(outcome.Messages));
        Assert.Equal((2, 1), (outcome.Counts.Empties, outcome.Counts.Merged));
    }

    [Fact]
    public void A_conversation_that_begins_with_the_assistant_keeps_its_greeting()
    {
        LlmMessage[] messages = [LlmMessage.System("s"), LlmMessage.Assistant("Welcome!"), LlmMessage.User("u")];

        Assert.Equal(["System: s", $"User: {SessionRepair.Opening}", "Assistant: Welcome!", "User: u"], Repaired(messages));
    }

    [Fact]
    public void Missing_results_are_those_that_neither_the_history_nor_the_arriving_messages_hold()
    {
        LlmMessage[] history = [LlmMessage.User("u"), Calls("1", "2", "3"), Result("1")];

        var missing = SessionRepair.MissingResults(history, [Result("3")]);

        Assert.Equal([$"Tool: !2={SessionRepair.MissingResult}"], TurnCase.Lines(missing));
        Assert.Empty(SessionRepair.MissingResults([LlmMessage.User("u"), LlmMessage.Assistant("a")], []));
        Assert.Empty(SessionRepair.MissingResults([], []));
    }
}
