using System.Text.Json;

namespace Fangd.Protocols.Llm.Anthropic;

/// <summary>
/// Writes a conversation in the order this API insists on: user and assistant take turns, the user begins, and the turn behind calls begins
/// with all their results. Holds for every history whose calls are answered right behind them.
/// </summary>
internal static class AnthropicMessages
{
    public static void Write(Utf8JsonWriter json, IReadOnlyList<LlmMessage> messages, AnthropicDialect dialect, IReadOnlyList<AnthropicBlock> said)
    {
        json.WriteStartArray("messages"u8);
        var at = 0;
        var isFirst = true;
        var any = LlmTurn.Next(messages, ref at, out var turn);
        while (any)
        {
            if (isFirst && turn.IsAssistant) WriteOpening(json);
            isFirst = false;
            any = LlmTurn.Next(messages, ref at, out var next);
            if (turn.IsAssistant) WriteAssistant(json, turn, dialect, isLast: !any, any ? [] : said);
            else WriteUser(json, turn, any ? null : LastOf(turn), dialect);
            if (!any && !turn.IsAssistant && said.Count > 0) WriteSaid(json, said);
            turn = next;
        }

        if (isFirst) WriteOpening(json);
        json.WriteEndArray();
    }

    private static void WriteOpening(Utf8JsonWriter json)
    {
        Begin(json, isAssistant: false);
        WriteText(json, LlmTurn.Opening);
        json.WriteEndObject();
        End(json);
    }

    private static void WriteUser(Utf8JsonWriter json, LlmTurn turn, LlmPart? last, AnthropicDialect dialect)
    {
        Begin(json, isAssistant: false);
        foreach (var message in turn)
        {
            foreach (var part in message.Parts)
            {
                if (part is not LlmToolResult result) continue;
                WriteResult(json, result);
                if (ReferenceEquals(part, last)) AnthropicRequestBody.WriteCacheControl(json, dialect);
                json.WriteEndObject();
            }
        }

        foreach (var message in turn)
        {
            foreach (var part in message.Parts)
            {
                if (part is LlmText text && LlmTurn.IsSent(part)) WriteText(json, text.Text);
                else if (part is LlmImage image) WriteImage(json, image);
                else continue;
                if (ReferenceEquals(part, last)) AnthropicRequestBody.WriteCacheControl(json, dialect);
                json.WriteEndObject();
            }
        }

        End(json);
    }

    private static LlmPart? LastOf(LlmTurn turn)
    {
        LlmPart? result = null, other = null;
        foreach (var message in turn)
        {
            foreach (var part in message.Parts)
            {
                if (part is LlmToolResult) result = part;
                else if (part is LlmText or LlmImage && LlmTurn.IsSent(part)) other = part;
            }
        }

        return other ?? result;
    }

    // Calls come last: the results have to stand right behind them.
    private static void WriteAssistant(Utf8JsonWriter json, LlmTurn turn, AnthropicDialect dialect, bool isLast, IReadOnlyList<AnthropicBlock> said)
    {
        Begin(json, isAssistant: true);
        foreach (var message in turn)
        {
            foreach (var part in message.Parts)
            {
                if (part is LlmText text && LlmTurn.IsSent(part))
                {
                    // An answer to be gone on with must not end with white space.
                    WriteText(json, isLast ? text.Text.TrimEnd() : text.Text);
                    json.WriteEndObject();
                }
                else if (part is LlmReasoning reasoning && AnthropicThinking.IsSent(part, dialect))
                {
                    WriteThinking(json, reasoning);
                }
            }
        }

        foreach (var message in turn)
        {
            foreach (var part in message.Parts)
            {
                if (part is LlmToolCall call) WriteCall(json, call);
            }
        }

        foreach (var block in said) block.Write(json);
        End(json);
    }

    private static void WriteSaid(Utf8JsonWriter json, IReadOnlyList<AnthropicBlock> said)
    {
        Begin(json, isAssistant: true);
        foreach (var block in said) block.Write(json);
        End(json);
    }

    private static void WriteThinking(Utf8JsonWriter json, LlmReasoning reasoning)
    {
        if (reasoning.Signature![0] == '{')
        {
            json.WriteRawValue(reasoning.Signature, skipInputValidation: true);
            return;
        }

        json.WriteStartObject();
        json.WriteString("type"u8, "thinking"u8);
        JsonText.Write(json, "thinking"u8, reasoning.Text);
        json.WriteString("signature"u8, reasoning.Signature);
        json.WriteEndObject();
    }

    private static void WriteCall(Utf8JsonWriter json, LlmToolCall call)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "tool_use"u8);
        json.WriteString("id"u8, Id(call.Id));
        json.WriteString("name"u8, call.Name);
        JsonText.WriteObject(json, "input"u8, call.Arguments);
        json.WriteEndObject();
    }

    // Left open, as the two below, for the cache mark.
    private static void WriteResult(Utf8JsonWriter json, LlmToolResult result)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "tool_result"u8);
        json.WriteString("tool_use_id"u8, Id(result.CallId));
        if (result.Text.Length > 0) JsonText.Write(json, "content"u8, result.Text);
        if (result.IsError) json.WriteBoolean("is_error"u8, true);
    }

    private static void WriteText(Utf8JsonWriter json, string text)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "text"u8);
        JsonText.Write(json, "text"u8, text);
    }

    private static void WriteImage(Utf8JsonWriter json, LlmImage image)
    {
        var source = new ImageSource(image);
        json.WriteStartObject();
        json.WriteString("type"u8, "image"u8);
        json.WriteStartObject("source"u8);
        if (source.Url is null)
        {
            json.WriteString("type"u8, "base64"u8);
            json.WriteString("media_type"u8, source.MediaType);
            json.WriteString("data"u8, source.Data);
        }
        else
        {
            json.WriteString("type"u8, "url"u8);
            json.WriteString("url"u8, source.Url);
        }

        json.WriteEndObject();
    }

    private static void Begin(Utf8JsonWriter json, bool isAssistant)
    {
        json.WriteStartObject();
        json.WriteString("role"u8, isAssistant ? "assistant"u8 : "user"u8);
        json.WriteStartArray("content"u8);
    }

    private static void End(Utf8JsonWriter json)
    {
        json.WriteEndArray();
        json.WriteEndObject();
    }

    // Ids of other providers hold characters that this one refuses ("functions.read:0").
    private static string Id(string id)
    {
        var isPlain = true;
        foreach (var c in id) isPlain &= char.IsAsciiLetterOrDigit(c) || c is '_' or '-';
        return isPlain ? id : string.Concat(id.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c.ToString() : $"_{(int)c:x2}"));
    }
}
