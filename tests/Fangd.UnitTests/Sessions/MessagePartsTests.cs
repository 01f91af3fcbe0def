using System.Text;
using Fangd.Protocols.Llm;
using Fangd.Server.Sessions;

namespace Fangd.UnitTests.Sessions;

public sealed class MessagePartsTests
{
    [Fact]
    public void Labels_stay_on_a_stored_message()
    {
        LlmPart text = new LlmText("do this") { Taint = TaintLabels.UserInput };

        Assert.Null(MessageParts.PlainText(new LlmMessage(LlmRole.User, [text])));
        Assert.Equal([text], MessageParts.Read(Encoding.UTF8.GetBytes(MessageParts.Write([text]))));
    }

    [Theory]
    [InlineData(TaintLabels.None)]
    [InlineData(TaintLabels.ExternalNetwork | TaintLabels.Secret)]
    public void Labels_stay_on_a_stored_result(TaintLabels taint)
    {
        var result = new LlmToolResult("call-1", "web_fetch", "a page", IsError: false) { Taint = taint };

        var stored = MessageParts.Write([result]);

        Assert.Equal([result], MessageParts.Read(Encoding.UTF8.GetBytes(stored)));
        Assert.Equal(taint != TaintLabels.None, stored.Contains("taint", StringComparison.Ordinal));
    }
}
