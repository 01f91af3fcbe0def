using Fangd.Engine.Context;
using Fangd.Protocols.Llm;

namespace Fangd.UnitTests.Context;

public sealed class ContextBudgetTests
{
    [Fact]
    public void Four_characters_are_a_token_and_a_message_costs_sixteen_more()
    {
        Assert.Equal(14, ContextBudget.Tokens(LlmMessage.User(new string('x', 40))));
        Assert.Equal(28, ContextBudget.Tokens([LlmMessage.User(new string('x', 40)), LlmMessage.Assistant(new string('y', 40))], []));
    }

    [Fact]
    public void Tools_are_counted_and_an_image_is_not_counted_by_its_bytes()
    {
        var tool = new LlmTool("name", new string('d', 80), new byte[100]);
        var image = new LlmMessage(LlmRole.User, [new LlmImage("image/png", new string('A', 1_000_000), null)]);

        Assert.Equal(50, ContextBudget.Tokens([], [tool]));
        Assert.InRange(ContextBudget.Tokens(image), 500, 2_000);
    }

    [Fact]
    public void A_cut_never_splits_a_surrogate_pair()
    {
        var text = string.Concat(Enumerable.Repeat("😀", 500));
        for (var most = 0; most < 200; most++)
        {
            var cut = ContextBudget.Shorten(text, most);

            Assert.True(cut.Length <= most, $"{most}: {cut.Length}");
            for (var i = 0; i < cut.Length; i++)
                Assert.False(
                    (char.IsHighSurrogate(cut[i]) && (i + 1 == cut.Length || !char.IsLowSurrogate(cut[i + 1])))
                        || (char.IsLowSurrogate(cut[i]) && (i == 0 || !char.IsHighSurrogate(cut[i - 1]))),
                    $"{most}: a half pair at {i}");
        }
    }

    [Fact]
    public void A_cut_keeps_the_beginning_and_the_end_and_says_what_is_missing()
    {
        var cut = ContextBudget.Shorten("BEGIN" + new string('x', 5_000) + "END", 500);

        Assert.StartsWith("BEGIN", cut);
        Assert.EndsWith("END", cut);
        Assert.Contains("left out", cut);
        Assert.Same("short", ContextBudget.Shorten("short", 5));
    }

    [Fact]
    public void The_shares_of_tool_results_follow_the_window()
    {
        Assert.Equal(6_000, ContextBudget.ResultLimit(10_000));
        Assert.Equal(10_000, ContextBudget.LargestResult(10_000));
        Assert.Equal(15_000, ContextBudget.AllResults(10_000));
    }

    [Fact]
    public void History_begins_at_a_user_message_and_never_parts_a_call_from_its_result()
    {
        var call = new LlmMessage(LlmRole.Assistant, [new LlmToolCall("1", "t", "{}")]);
        var result = LlmMessage.ToolResult(new("1", "t", "r", false));
        LlmMessage[] history =
        [
            LlmMessage.User("0"), call, result, LlmMessage.Assistant("3"), LlmMessage.User("4"), LlmMessage.Assistant("5"), LlmMessage.User("6"),
        ];

        Assert.Equal([6, 6, 4, 4, 4, 4, 0, 0], Enumerable.Range(1, 8).Select(most => ContextBudget.HistoryStart(history, 6, most)));
    }

    [Fact]
    public void The_messages_of_the_run_itself_are_always_in()
    {
        LlmMessage[] history = [LlmMessage.User("0"), .. Enumerable.Range(0, 20).Select(_ => LlmMessage.Assistant("a"))];

        Assert.Equal(0, ContextBudget.HistoryStart(history, 0, 5));
    }

    [Fact]
    public void The_newest_messages_of_a_very_long_history_are_found_without_reading_it()
    {
        var history = new CountingList(10_000);

        Assert.Equal(9_960, ContextBudget.HistoryStart(history, 9_999, 40));
        Assert.InRange(history.Reads, 1, 40);
    }

    private sealed class CountingList(int count) : IReadOnlyList<LlmMessage>
    {
        public int Reads { get; private set; }

        public int Count => count;

        public LlmMessage this[int index]
        {
            get
            {
                Reads++;
                return index % 2 == 0 ? LlmMessage.User("u") : LlmMessage.Assistant("a");
            }
        }

        public IEnumerator<LlmMessage> GetEnumerator() => throw new InvalidOperationException("The whole history was read.");

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
