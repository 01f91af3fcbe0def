using System.Text.Json;

namespace Fangd.Protocols.Llm.Gemini;

/// <summary>
/// Writes a conversation in the order this API insists on: user and model take turns, the user begins, and the turn behind calls begins with
/// as many results. Holds for every history whose calls are answered right behind them.
/// </summary>
internal static class GeminiContents
{
    /// <summary><paramref name="preface"/> is text for models without a system instruction.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<LlmMessage> messages, GeminiDialect dialect, string? preface)
    {
        json.WriteStartArray("contents"u8);
        var at = 0;
        var isFirst = true;
        LlmTurn before = default;
        while (LlmTurn.Next(messages, ref at, out var turn))
        {
            if (isFirst && turn.IsAssistant) WriteOpening(json, ref preface);
            isFirst = false;
            Begin(json, turn.IsAssistant);
            if (turn.IsAssistant) WriteModel(json, turn, dialect);
            else WriteUser(json, turn, before, dialect, ref preface);
            End(json);
            before = turn;
        }

        if (isFirst) WriteOpening(json, ref preface);
        json.WriteEndArray();
    }

    private static void WriteOpening(Utf8JsonWriter json, ref string? preface)
    {
        Begin(json, isModel: false);
        WritePreface(json, ref preface);
        WriteText(json, LlmTurn.Opening);
        End(json);
    }

    private static void WriteUser(Utf8JsonWriter json, LlmTurn turn, LlmTurn before, GeminiDialect dialect, ref string? preface)
    {
        WritePreface(json, ref preface);
        foreach (var message in turn)
        {
            foreach (var part in message.Parts)
            {
                if (part is LlmToolResult result) WriteResult(json, result, before, dialect);
            }
        }

        var isBehindText = false;
        foreach (var message in turn)
        {
            var isNewMessage = true;
            foreach (var part in message.Parts)
            {
                if (part is LlmText text && LlmTurn.IsSent(part))
                {
                    // The model sees neighbouring texts as one.
                    WriteText(json, isBehindText && isNewMessage ? "\n\n" + text.Text : text.Text);
                    isBehindText = true;
                    isNewMessage = false;
                }
                else if (part is LlmImage image)
                {
                    WriteImage(json, image);
                    isBehindText = false;
                }
            }
        }
    }

    // Thoughts stay away: only their signatures are wanted back, and those are with the calls.
    private static void WriteModel(Utf8JsonWriter json, LlmTurn turn, GeminiDialect dialect)
    {
        foreach (var message in turn)
        {
            foreach (var part in message.Parts)
            {
                if (part is LlmText text && LlmTurn.IsSent(part)) WriteText(json, text.Text);
            }
        }

        var isFirstCall = true;
        foreach (var message in turn)
        {
            foreach (var part in message.Parts)
            {
                if (part is not LlmToolCall call) continue;
                WriteCall(json, call, dialect, isFirstCall);
                isFirstCall = false;
            }
        }
    }

    private static void WriteCall(Utf8JsonWriter json, LlmToolCall call, GeminiDialect dialect, bool isFirst)
    {
        json.WriteStartObject();
        json.WriteStartObject("functionCall"u8);
        if (!dialect.HasFlag(GeminiDialect.NoCallIds)) json.WriteString("id"u8, call.Id);
        json.WriteString("name"u8, call.Name);
        JsonText.WriteObject(json, "args"u8, call.Arguments);
        json.WriteEndObject();
        var signature = dialect.HasFlag(GeminiDialect.ReplaceSignatures) ? null : GeminiSignature.Of(call);
        // Of calls side by side only the first is signed.
        if (signature is null && isFirst && (dialect & (GeminiDialect.MarkUnsigned | GeminiDialect.ReplaceSignatures)) != 0) signature = GeminiSignature.Unsigned;
        if (signature is not null) json.WriteString("thoughtSignature"u8, signature);
        json.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter json, LlmToolResult result, LlmTurn before, GeminiDialect dialect)
    {
        json.WriteStartObject();
        json.WriteStartObject("functionResponse"u8);
        if (!dialect.HasFlag(GeminiDialect.NoCallIds)) json.WriteString("id"u8, result.CallId);
        json.WriteString("name"u8, NameOf(result, before));
        json.WriteStartObject("response"u8);
        JsonText.Write(json, result.IsError ? "error"u8 : "output"u8, result.Text);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // The name has to be the call's; results that come from outside bear none.
    private static string NameOf(LlmToolResult result, LlmTurn before)
    {
        if (before.Messages is not null)
        {
            foreach (var message in before)
            {
                foreach (var part in message.Parts)
                {
                    if (part is LlmToolCall call && call.Id == result.CallId) return call.Name;
                }
            }
        }

        return result.Name;
    }

    private static void WriteImage(Utf8JsonWriter json, LlmImage image)
    {
        var source = new ImageSource(image);
        json.WriteStartObject();
        if (source.Url is null)
        {
            json.WriteStartObject("inlineData"u8);
            json.WriteString("mimeType"u8, source.MediaType);
            json.WriteString("data"u8, source.Data);
        }
        else
        {
            json.WriteStartObject("fileData"u8);
            // A type that is only guessed says nothing.
            if (source.MediaType.Length > 0 && !source.MediaType.Contains('*')) json.WriteString("mimeType"u8, source.MediaType);
            json.WriteString("fileUri"u8, source.Url);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WritePreface(Utf8JsonWriter json, ref string? preface)
    {
        if (preface is null) return;
        WriteText(json, preface + "\n\n");
        preface = null;
    }

    private static void WriteText(Utf8JsonWriter json, string text)
    {
        json.WriteStartObject();
        JsonText.Write(json, "text"u8, text);
        json.WriteEndObject();
    }

    private static void Begin(Utf8JsonWriter json, bool isModel)
    {
        json.WriteStartObject();
        json.WriteString("role"u8, isModel ? "model"u8 : "user"u8);
        json.WriteStartArray("parts"u8);
    }

    private static void End(Utf8JsonWriter json)
    {
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
