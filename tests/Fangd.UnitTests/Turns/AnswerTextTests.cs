using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.TestKit;

namespace Fangd.UnitTests.Turns;

public sealed class AnswerTextTests
{
    private static readonly LlmTool[] Tools = [new("read", "Reads.", "{}"u8.ToArray())];

    [Theory]
    [InlineData("Hello there.", "Hello there.", "")]
    [InlineData("NO_REPLY", "", "")]
    [InlineData("\n[SILENT] ", "", "")]
    [InlineData("[SILENT] but not quite", "[SILENT] but not quite", "")]
    [InlineData("a < b and {c} and `d`", "a < b and {c} and `d`", "")]
    [InlineData("Look: <tool_call>{\"name\":\"read\",\"arguments\":{}}</tool_call>", "Look: ", "read")]
    [InlineData("{\"name\":\"read\",\"arguments\":{\"x\":1}}", "", "read")]
    public void Wherever_the_stream_is_cut_the_same_is_shown(string text, string shown, string calls)
    {
        for (var first = 0; first <= text.Length; first++)
        {
            for (var second = first; second <= text.Length; second++)
            {
                var sink = new RecordingSink();
                var answer = new AnswerText(sink, mayBeSilence: true, Tools);
                answer.Add(text[..first]);
                answer.Add(text[first..second]);
                answer.Add(text[second..]);
                answer.Complete(out var found);

                Assert.Equal(text, answer.Text);
                Assert.Equal(shown, sink.Text);
                Assert.Equal(calls, string.Join(",", found.Select(call => call.Name)));
            }
        }
    }

    [Fact]
    public void Without_tools_every_piece_is_shown_when_it_comes()
    {
        var sink = new RecordingSink();
        var answer = new AnswerText(sink, mayBeSilence: true, []);

        answer.Add("<tool_call>");
        Assert.Equal(["<tool_call>"], sink.Deltas);
        answer.Add("{\"name\"");
        Assert.Equal(["<tool_call>", "{\"name\""], sink.Deltas);
    }

    [Fact]
    public void A_continuation_is_never_taken_for_silence()
    {
        var sink = new RecordingSink();
        var answer = new AnswerText(sink, mayBeSilence: false, []);

        answer.Add("NO_REPLY");

        Assert.Equal(["NO_REPLY"], sink.Deltas);
        Assert.Equal("NO_REPLY", answer.Complete());
    }
}
