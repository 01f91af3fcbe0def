namespace Fangd.Protocols.Llm.OpenAi;

/// <summary>Requests to servers of this family.</summary>
internal static class OpenAiHttp
{
    public static HttpRequestMessage Message(HttpMethod method, LlmTarget target, string path)
    {
        var message = LlmTransport.Message(method, target, path);
        if (LlmTransport.Key(target) is { } key) message.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        return message;
    }
}
