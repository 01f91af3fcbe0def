using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.Llm.Gemini;

/// <summary>
/// What the chunks of one answer add up to. Each is a whole response with a piece of the content; only the first candidate counts.
/// </summary>
internal sealed class GeminiAnswer : ILlmAnswer
{
    private readonly List<LlmToolCall> calls = [];
    private char textHalf;
    private char thoughtHalf;
    private LlmStop? stop;
    private LlmUsage? usage;
    private string? trouble;

    /// <inheritdoc/>
    public bool IsFinished => stop is not null;

    /// <inheritdoc/>
    // There is no end mark; the stream ends with the connection.
    public bool IsAtEnd => false;

    /// <inheritdoc/>
    public bool HasContent { get; private set; }

    /// <inheritdoc/>
    public LlmError? Read(ReadOnlySpan<byte> json, List<LlmEvent> output)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("not an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("candidates"u8))
            {
                reader.Read();
                ReadCandidates(ref reader, json, output);
            }
            else if (reader.ValueTextEquals("usageMetadata"u8))
            {
                reader.Read();
                usage = GeminiUsage.Read(ref reader) ?? usage;
            }
            else if (reader.ValueTextEquals("promptFeedback"u8))
            {
                reader.Read();
                ReadFeedback(ref reader);
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartObject)
                {
                    reader.Skip();
                    continue;
                }

                using var document = JsonDocument.Parse(json.ToArray());
                return LlmError.Read(document.RootElement);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return trouble is null ? null : new LlmError($"the model broke off ({trouble})", "", 0, true);
    }

    /// <inheritdoc/>
    public void Finish(List<LlmEvent> output, Func<string> newId)
    {
        if (thoughtHalf != 0) output.Add(LlmEvent.ReasoningDelta("\uFFFD"));
        if (textHalf != 0) output.Add(LlmEvent.TextDelta("\uFFFD"));
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var call in calls)
            output.Add(LlmEvent.ToolCall(string.IsNullOrWhiteSpace(call.Id) || !ids.Add(call.Id) ? call with { Id = newId() } : call));

        if (usage is { } counted) output.Add(LlmEvent.UsageReport(counted));
        // Calls finish with STOP like texts do.
        output.Add(LlmEvent.Stopped(stop switch
        {
            LlmStop.MaxTokens => LlmStop.MaxTokens,
            LlmStop.ContentFilter => LlmStop.ContentFilter,
            _ => calls.Count > 0 ? LlmStop.ToolCalls : LlmStop.EndTurn,
        }));
    }

    private void ReadCandidates(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, List<LlmEvent> output)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }

        var isFirst = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (isFirst && reader.TokenType == JsonTokenType.StartObject) ReadCandidate(ref reader, json, output);
            else reader.Skip();
            isFirst = false;
        }
    }

    private void ReadCandidate(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, List<LlmEvent> output)
    {
        HasContent = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("content"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) ReadContent(ref reader, json, output);
                else reader.Skip();
            }
            else if (reader.ValueTextEquals("finishReason"u8))
            {
                if (JsonText.ReadText(ref reader) is { Length: > 0 } reason) TakeStop(reason);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }

    private void TakeStop(string reason)
    {
        switch (reason)
        {
            case "MAX_TOKENS":
                stop = LlmStop.MaxTokens;
                break;
            case "SAFETY" or "RECITATION" or "LANGUAGE" or "BLOCKLIST" or "PROHIBITED_CONTENT" or "SPII" or "IMAGE_SAFETY" or "MODEL_ARMOR":
                stop = LlmStop.ContentFilter;
                break;
            // The model's own failure; another try mostly succeeds.
            case "MALFORMED_FUNCTION_CALL" or "UNEXPECTED_TOOL_CALL" or "TOO_MANY_TOOL_CALLS" or "MALFORMED_RESPONSE" or "MISSING_THOUGHT_SIGNATURE":
                trouble = reason;
                break;
            default:
                stop = LlmStop.EndTurn;
                break;
        }
    }

    private void ReadContent(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, List<LlmEvent> output)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isParts = reader.ValueTextEquals("parts"u8);
            reader.Read();
            if (!isParts || reader.TokenType != JsonTokenType.StartArray)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType == JsonTokenType.StartObject) ReadPart(ref reader, json, output);
                else reader.Skip();
            }
        }
    }

    private void ReadPart(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, List<LlmEvent> output)
    {
        var isThought = IsThought(reader);
        string? signature = null;
        LlmToolCall? call = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("text"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.String) AddText(ref reader, isThought, output);
                else reader.Skip();
            }
            else if (reader.ValueTextEquals("functionCall"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) call = ReadCall(ref reader, json);
                else reader.Skip();
            }
            else if (reader.ValueTextEquals("thoughtSignature"u8))
            {
                signature = JsonText.ReadText(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        if (call is not null) calls.Add(string.IsNullOrEmpty(signature) ? call : call with { Extra = GeminiSignature.Extra(signature) });
    }

    // On a copy of the reader: the mark may stand behind the text.
    private static bool IsThought(Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMark = reader.ValueTextEquals("thought"u8);
            reader.Read();
            if (isMark && reader.TokenType == JsonTokenType.True) return true;
            reader.Skip();
        }

        return false;
    }

    private void AddText(ref Utf8JsonReader reader, bool isThought, List<LlmEvent> output)
    {
        var text = JsonText.Read(ref reader, ref isThought ? ref thoughtHalf : ref textHalf);
        if (text.Length > 0) output.Add(isThought ? LlmEvent.ReasoningDelta(text) : LlmEvent.TextDelta(text));
    }

    private static LlmToolCall? ReadCall(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        string? id = null, name = null;
        var arguments = "{}";
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8)) id = JsonText.ReadText(ref reader);
            else if (reader.ValueTextEquals("name"u8)) name = JsonText.ReadText(ref reader);
            else if (reader.ValueTextEquals("args"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) arguments = Encoding.UTF8.GetString(JsonText.Slice(ref reader, json));
                else reader.Skip();
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return string.IsNullOrWhiteSpace(name) ? null : new LlmToolCall(id ?? "", name.Trim(), arguments);
    }

    private void ReadFeedback(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("blockReason"u8))
            {
                if (JsonText.ReadText(ref reader) is not { Length: > 0 }) continue;
                HasContent = true;
                stop = LlmStop.ContentFilter;
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }
}
