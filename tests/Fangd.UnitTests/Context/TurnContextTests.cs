using Fangd.Engine.Context;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.TestKit;
using Fangd.UnitTests.Turns;

namespace Fangd.UnitTests.Context;

public sealed class TurnContextTests
{
    private static LlmMessage[] Talk(int messages, int length) =>
        [.. Enumerable.Range(0, messages).Select(i => i % 2 == 0 ? LlmMessage.User($"u{i}".PadRight(length)) : LlmMessage.Assistant($"a{i}".PadRight(length)))];

    private static TurnContext Context(LlmMessage[] messages, int window, Func<TurnInput, TurnInput>? with = null)
    {
        var input = TurnCase.Ask("x") with { Messages = [messages[^1]] };
        var context = new TurnContext(with is null ? input : with(input), new ListConversation(messages), [], window);
        context.Build();
        return context;
    }

    private static string[] First(TurnContext context) => [.. context.Messages.Select(message => message.Text.Trim())];

    [Fact]
    public void Up_to_seventy_percent_nothing_is_left_out()
    {
        var context = Context(Talk(21, 84), 790);

        Assert.InRange(context.Use, 0.6, 0.7);
        Assert.True(context.Fit());
        Assert.Equal(22, context.Count);
    }

    [Fact]
    public void Up_to_ninety_percent_about_the_last_ten_messages_stay()
    {
        var context = Context(Talk(21, 84), 650);

        Assert.InRange(context.Use, 0.7, 0.9);
        Assert.True(context.Fit());
        Assert.Equal(["You test.", "u12"], First(context)[..2]);
        Assert.Equal(10, context.Count);
    }

    [Fact]
    public void Above_ninety_percent_the_last_few_stay_and_the_prompt_says_so()
    {
        var context = Context(Talk(21, 84), 500);

        Assert.True(context.Fit());
        Assert.Equal(["u18", "a19", "u20"], First(context)[1..]);
        Assert.Contains("left out", context.Messages[0].Text);
    }

    [Fact]
    public void In_a_long_run_what_the_user_asked_stays_and_calls_keep_their_results()
    {
        var context = Context([LlmMessage.User("the question")], 1_000);
        for (var i = 0; i < 12; i++)
        {
            context.Add(new LlmMessage(LlmRole.Assistant, [new LlmToolCall($"c{i}", "t", "{}")]));
            context.Add(LlmMessage.ToolResult(new($"c{i}", "t", new string('x', 300), false)));
        }

        Assert.True(context.Fit());

        Assert.Equal("the question", context.Messages[1].Text);
        Assert.Equal("c10", context.Messages[2].ToolCalls.Single().Id);
        Assert.Same(context.Messages, SessionRepair.Repair(context.Messages).Messages);
        Assert.Equal(6, context.Count);
    }

    [Fact]
    public void When_few_messages_are_still_too_much_their_results_are_cut()
    {
        var context = Context([LlmMessage.User("the question")], 4_000);
        for (var i = 0; i < 2; i++)
        {
            context.Add(new LlmMessage(LlmRole.Assistant, [new LlmToolCall($"c{i}", "t", "{}")]));
            context.Add(LlmMessage.ToolResult(new($"c{i}", "t", new string('x', 7_500), false)));
        }

        Assert.True(context.Fit());

        Assert.All(context.Messages.SelectMany(message => message.Parts).OfType<LlmToolResult>(), result => Assert.InRange(result.Text.Length, 1_900, 2_000));
    }

    [Fact]
    public void Results_that_together_take_too_much_are_cut_from_the_oldest_on()
    {
        var context = Context([LlmMessage.User("the question")], 10_000);
        for (var i = 0; i < 3; i++)
        {
            context.Add(new LlmMessage(LlmRole.Assistant, [new LlmToolCall($"c{i}", "t", "{}")]));
            context.Add(LlmMessage.ToolResult(new($"c{i}", "t", new string('x', 6_000), false)));
        }

        Assert.True(context.Fit());

        Assert.Equal([2_000, 6_000, 6_000], context.Messages.SelectMany(message => message.Parts).OfType<LlmToolResult>().Select(result => (result.Text.Length + 50) / 100 * 100));
    }

    [Fact]
    public void A_message_that_alone_is_too_long_does_not_fit()
    {
        Assert.False(Context([LlmMessage.User(new string('x', 9_000))], 2_000).Fit());
    }

    [Fact]
    public void A_message_of_the_past_that_alone_is_too_long_is_left_out()
    {
        var context = Context([LlmMessage.User("tell me all"), LlmMessage.Assistant(new string('x', 9_000)), LlmMessage.User("hello")], 2_000);

        Assert.True(context.Fit());

        Assert.Equal("hello", context.Messages[^1].Text);
        Assert.DoesNotContain(context.Messages, message => message.Text.Length > 1_000);
    }

    [Fact]
    public void What_a_request_brought_stays_whole()
    {
        var context = Context(Talk(101, 400), 1_000, input => input with { KeepAllMessages = true });

        Assert.True(context.Fit());
        Assert.False(context.Shrink());
        Assert.Equal(102, context.Count);
    }
}
