using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.Llm;

/// <summary>An error as providers word it, which is in half a dozen shapes.</summary>
/// <param name="Message">The provider's sentence; null where none was found.</param>
/// <param name="Words">Everything that tells what it means: message, type, code.</param>
/// <param name="Status">The status the error object names itself, 0 for none.</param>
/// <param name="RetryAfter">How long the error object itself asks to wait (Google's <c>RetryInfo</c>).</param>
/// <param name="IsJson">Whether the provider itself spoke, and not some web server in its place.</param>
internal sealed record LlmError(string? Message, string Words, int Status, bool IsJson, TimeSpan? RetryAfter = null)
{
    public static LlmError Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return Read(document.RootElement);
        }
        catch (JsonException)
        {
            var text = Encoding.UTF8.GetString(body.Span);
            return new LlmError(text, LlmErrors.IsMarkup(text) ? "" : text, 0, false);
        }
    }

    public static LlmError Read(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0) root = root[0];
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out var inner) && inner.ValueKind is JsonValueKind.Object or JsonValueKind.String)
            root = inner;
        if (root.ValueKind == JsonValueKind.String) return new LlmError(root.GetString(), root.GetString() ?? "", 0, true);
        if (root.ValueKind != JsonValueKind.Object) return new LlmError(null, "", 0, true);

        var message = Text(root, "message") ?? Text(root, "detail") ?? Text(root, "error") ?? Text(root, "msg");
        if (message is null && root.TryGetProperty("detail", out var details)) message = details.ToString();
        var code = Text(root, "code");
        var reasons = ReadDetails(root, out var retryAfter);
        var words = string.Join(' ', message, code, Text(root, "type"), Text(root, "status"), Text(root, "error_type"), reasons);
        var status = int.TryParse(code, out var number) && number is >= 400 and < 600 ? number : 0;
        return new LlmError(message, words, status, true, retryAfter);
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

        return new LlmException(fault, LlmErrors.Describe(target, fault, status, said), retryAfter ?? RetryAfter);
    }

    // Google's details: reasons like API_KEY_INVALID, and how long to wait ("17s").
    private static string? ReadDetails(JsonElement root, out TimeSpan? retryAfter)
    {
        retryAfter = null;
        string? reasons = null;
        if (!root.TryGetProperty("details", out var details) || details.ValueKind != JsonValueKind.Array) return null;
        foreach (var detail in details.EnumerateArray())
        {
            if (detail.ValueKind != JsonValueKind.Object) continue;
            if (Text(detail, "reason") is { } reason) reasons = $"{reasons} {reason}";
            if (Text(detail, "retryDelay") is { } delay && delay.EndsWith('s') &&
                double.TryParse(delay.AsSpan(..^1), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds))
                retryAfter = TimeSpan.FromSeconds(double.IsNaN(seconds) ? 0 : Math.Clamp(seconds, 0, 30 * 86400));
        }

        return reasons;
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number ? value.ToString() : null;
}
