using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.OpenAi;

namespace Fangd.UnitTests.Llm;

public sealed class OpenAiModelListTests
{
    [Theory]
    [InlineData("""{"object":"list","data":[{"id":"a","owned_by":"me","max_model_len":4096},{"id":"b"},{"no":1}]}""", "a me 4096; b  ")]
    [InlineData("""[{"id":"a","context_length":8192}]""", "a  8192")]
    [InlineData("""{"object":"list","data":null}""", "")]
    public async Task The_list_is_read_in_the_forms_that_servers_use(string body, string expected)
    {
        await using var provider = StandIn.Always(StandIn.Reply.Status(200, body));
        var models = await new OpenAiModelList(Calls.Http, TimeProvider.System).Read(Calls.Target(provider.Url), default);
        Assert.Equal(expected, string.Join("; ", models.Select(m => $"{m.Id} {m.OwnedBy} {m.ContextTokens}")));
        Assert.Equal("/v1/models", provider.Requests.Single().Path);
    }

    [Theory]
    [InlineData(200, "<html>", LlmFault.Garbage)]
    [InlineData(200, "{}", LlmFault.Garbage)]
    [InlineData(401, "{}", LlmFault.Auth)]
    public async Task A_refusal_is_told_as_for_calls(int status, string body, LlmFault fault)
    {
        await using var provider = StandIn.Always(StandIn.Reply.Status(status, body));
        var failure = await Assert.ThrowsAsync<LlmException>(() => new OpenAiModelList(Calls.Http, TimeProvider.System).Read(Calls.Target(provider.Url), default));
        Assert.Equal(fault, failure.Fault);
    }
}
