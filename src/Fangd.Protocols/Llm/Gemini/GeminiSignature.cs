using System.Text.Json;

namespace Fangd.Protocols.Llm.Gemini;

/// <summary>
/// The signature of a call, as <see cref="LlmToolCall.Extra"/> keeps it: in the form that Google's OpenAI-compatible endpoint uses, so that a
/// conversation can go on through either.
/// </summary>
internal static class GeminiSignature
{
    /// <summary>What Google documents for calls that no model of theirs has made.</summary>
    public const string Unsigned = "skip_thought_signature_validator";

    public static JsonElement Extra(string signature)
    {
        var text = JsonEncodedText.Encode(signature).ToString();
        using var document = JsonDocument.Parse("{\"extra_content\":{\"google\":{\"thought_signature\":\"" + text + "\"}}}");
        return document.RootElement.Clone();
    }

    public static string? Of(LlmToolCall call) =>
        call.Extra is { ValueKind: JsonValueKind.Object } extra &&
        extra.TryGetProperty("extra_content", out var content) && content.ValueKind == JsonValueKind.Object &&
        content.TryGetProperty("google", out var google) && google.ValueKind == JsonValueKind.Object &&
        google.TryGetProperty("thought_signature", out var signature) && signature.ValueKind == JsonValueKind.String
            ? signature.GetString()
            : null;
}
