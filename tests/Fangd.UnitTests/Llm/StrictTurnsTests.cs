using Fangd.Protocols.Llm;

namespace Fangd.UnitTests.Llm;

public sealed class StrictTurnsTests
{
    [Fact]
    public void Neighbours_of_one_role_become_one_message()
    {
        var turns = StrictTurns.Of(
        [
            LlmMessage.System("s"), LlmMessage.User("one"), LlmMessage.User("two"), LlmMessage.Assistant("a"), LlmMessage.User("three"),
        ]);

        Assert.Equal(["s", "one\n\ntwo", "a", "three"], turns.Select(t => t.Text));
    }

    [Fact]
    public void Tool_results_stay_messages_of_their_own()
    {
        var first = LlmMessage.ToolResult(new LlmToolResult("1", "t", "x", false));
        var second = LlmMessage.ToolResult(new LlmToolResult("2", "t", "y", false));

        Assert.Equal([first, second], StrictTurns.Of([first, second]));
    }

    [Fact]
    public void Images_survive_a_join()
    {
        var image = new LlmImage("image/png", "AAAA", null);

        var joined = StrictTurns.Join([new LlmText("look")], [image, new LlmText("here")]);

        Assert.Equal([new LlmText("look"), image, new LlmText("here")], joined);
    }
}
