using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.Llm.OpenAi;

/// <summary>An error as the servers of this family word it, which is in half a dozen shapes.</summary>
/// <param name="Message">The provider's sentence; null where none was found.</param>
/// <param name="Words">Everything that tells what it means: message, type, code.</param>
/// <param name="Status">The status the error object names itself, 0 for none.</param>
/// <param name="IsJson">Whether the provider itself spoke, and not some web server in its place.</param>
internal sealed record OpenAiError(string? Message, string Words, int Status, bool IsJson)
{
    public static OpenAiError Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return Read(document.RootElement);
        }
        catch (JsonException)
        {
            var text = Encoding.UTF8.GetString(body.Span);
            return new OpenAiError(text, LlmErrors.IsMarkup(text) ? "" : text, 0, false);
        }
    }

    public static OpenAiError Read(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0) root = root[0];
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out var inner) && inner.ValueKind is JsonValueKind.Object or JsonValueKind.String)
            root = inner;
        if (root.ValueKind == JsonValueKind.String) return new OpenAiError(root.GetString(), root.GetString() ?? "", 0, true);
        if (root.ValueKind != JsonValueKind.Object) return new OpenAiError(null, "", 0, true);

        var message = Text(root, "message") ?? Text(root, "detail") ?? Text(root, "error") ?? Text(root, "msg");
        if (message is null && root.TryGetProperty("detail", out var details)) message = details.ToString();
        var code = Text(root, "code");
        var words = string.Join(' ', message, code, Text(root, "type"), Text(root, "status"), Text(root, "error_type"));
        var status = int.TryParse(code, out var number) && number is >= 400 and < 600 ? number : 0;
        return new OpenAiError(message, words, status, true);
    }

    /// <summary>The failure to throw for this error.</summary>
    public LlmException ToException(LlmTarget target, int httpStatus, TimeSpan? retryAfter)
    {
        var status = httpStatus > 0 ? httpStatus : Status;
        var fault = LlmErrors.Classify(status, Words, IsJson);
        var said = LlmErrors.Quote(Message, target.ApiKey);
        if (status == 404 && !IsJson)
        {
            return new LlmException(LlmFault.BadRequest, $"{target.Provider} has nothing at this address (HTTP 404); check its base URL");
        }

        return new LlmException(fault, LlmErrors.Describe(target, fault, status, said), retryAfter);
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number ? value.ToString() : null;
}
