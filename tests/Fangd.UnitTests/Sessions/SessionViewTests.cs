using Fangd.Protocols.Llm;
using Fangd.Server.Sessions;

namespace Fangd.UnitTests.Sessions;

public sealed class SessionViewTests
{
    [Fact]
    public void A_call_without_a_result_does_not_show_that_of_a_later_one_with_its_id()
    {
        LlmMessage[] messages = [LlmMessage.User("a"), Calls("1"), LlmMessage.User("b"), Calls("2"), LlmMessage.ToolResult(new LlmToolResult("call_1", "t", "second", false))];

        var views = SessionViews.Of("before", [.. messages.Select((message, n) => new StoredMessage(n, message, DateTimeOffset.UnixEpoch))]);

        Assert.Equal(["before", "a", "", "b", ""], views.Select(view => view.Content));
        Assert.Equal([null, "second"], views.Where(view => view.Tools is not null).Select(view => view.Tools![0].Result));
    }

    private static LlmMessage Calls(string arguments) => new(LlmRole.Assistant, [new LlmToolCall("call_1", "t", arguments)]);
}
