using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.OpenAi;

namespace Fangd.UnitTests.Llm;

/// <summary>Calls of the client, with their events as short lines.</summary>
internal static class Calls
{
    public static readonly HttpClient Http = LlmHttp.CreateClient();

    public static LlmTarget Target(string url, string? key = null) => new() { Provider = "acme", BaseUrl = url, ApiKey = key };

    public static LlmRequest Request(string text = "hi") => new() { Model = "m1", Messages = [LlmMessage.User(text)] };

    public static async Task<List<string>> Run(ILlmClient client, LlmTarget target, LlmRequest? request = null, CancellationToken run = default)
    {
        var lines = new List<string>();
        await foreach (var e in client.Stream(request ?? Request(), target, run)) lines.Add(Line(e));
        return lines;
    }

    public static Task<List<string>> Run(StandIn provider, LlmRequest? request = null, string? key = null) =>
        Run(new OpenAiChatClient(Http, TimeProvider.System), Target(provider.Url, key), request);

    public static async Task<List<string>> Answer(string stream, int size = 0)
    {
        await using var provider = StandIn.Always(StandIn.Reply.Stream(stream, size));
        return await Run(provider);
    }

    public static async Task<LlmException> Fails(StandIn.Reply reply, string? key = null)
    {
        await using var provider = StandIn.Always(reply);
        return await Assert.ThrowsAsync<LlmException>(() => Run(provider, key: key));
    }

    /// <summary>The lines before the failure, and the failure.</summary>
    public static async Task<(List<string> Lines, LlmException Failure)> Fails(ILlmClient client, StandIn.Reply reply, LlmRequest? request = null)
    {
        await using var provider = StandIn.Always(reply);
        var lines = new List<string>();
        var failure = await Assert.ThrowsAsync<LlmException>(async () =>
        {
            await foreach (var e in client.Stream(request ?? Request(), Target(provider.Url, "k1"), CancellationToken.None)) lines.Add(Line(e));
        });
        return (lines, failure);
    }

    /// <summary>An event stream of these objects; the name of each event is its type, if it has one.</summary>
    public static string Events(params string[] objects) => string.Concat(objects.Select(json =>
    {
        var type = System.Text.Json.JsonDocument.Parse(json).RootElement.TryGetProperty("type", out var value) ? $"event: {value}\n" : "";
        return $"{type}data: {json}\n\n";
    }));

    private static string Line(LlmEvent e) => e.Kind switch
    {
        LlmEventKind.TextDelta => $"text {e.Text}",
        LlmEventKind.ReasoningDelta => $"think {e.Text}",
        LlmEventKind.ReasoningEnd => $"signed {e.Text}",
        LlmEventKind.ToolCall => $"call {e.Call!.Id} {e.Call.Name} {e.Call.Arguments}{(e.Call.Extra is { } extra ? " " + extra.GetRawText() : "")}",
        LlmEventKind.Usage => $"usage {e.Usage.Input}/{e.Usage.Output} cached {e.Usage.CachedInput} reasoning {e.Usage.Reasoning}",
        _ => $"stop {e.Stop}",
    };
}
