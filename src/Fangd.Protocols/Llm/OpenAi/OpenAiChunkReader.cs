using System.Text.Json;

namespace Fangd.Protocols.Llm.OpenAi;

/// <summary>
/// What the chunks of one answer add up to. A chunk of a stream (<c>delta</c>) and a whole answer (<c>message</c>) are read alike; only the
/// first choice counts. Deltas become events at once, the rest is told by <see cref="Finish"/>.
/// </summary>
internal sealed class OpenAiChunkReader : ILlmAnswer
{
    private readonly OpenAiToolCalls calls = new();
    private char textHalf;
    private char reasoningHalf;
    private LlmStop? stop;
    private LlmUsage? usage;

    /// <inheritdoc/>
    public bool IsFinished => stop is not null;

    /// <inheritdoc/>
    // Usage may follow the finish reason; the end mark itself is no JSON.
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
            if (reader.ValueTextEquals("choices"u8))
            {
                reader.Read();
                ReadChoices(ref reader, output);
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                reader.Read();
                usage = OpenAiUsage.Read(ref reader) ?? usage;
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                // Some servers send the field empty on every chunk.
                if (reader.TokenType == JsonTokenType.Null || (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(""u8))) continue;
                return ReadError(json);
            }
            else if (reader.ValueTextEquals("object"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("error"u8)) return ReadError(json);
                reader.Skip();
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public void Finish(List<LlmEvent> output, Func<string> newId)
    {
        if (reasoningHalf != 0) output.Add(LlmEvent.ReasoningDelta("\uFFFD"));
        if (textHalf != 0) output.Add(LlmEvent.TextDelta("\uFFFD"));

        var isCut = stop == LlmStop.MaxTokens;
        var any = false;
        foreach (var call in calls.Finish(isCut, newId))
        {
            any = true;
            output.Add(LlmEvent.ToolCall(call));
        }

        if (usage is { } counted) output.Add(LlmEvent.UsageReport(counted));
        // Many servers say "stop" after tool calls, and some "tool_calls" without any.
        output.Add(LlmEvent.Stopped(stop switch
        {
            LlmStop.MaxTokens => LlmStop.MaxTokens,
            LlmStop.ContentFilter => LlmStop.ContentFilter,
            _ => any ? LlmStop.ToolCalls : LlmStop.EndTurn,
        }));
    }

    private static LlmError ReadError(ReadOnlySpan<byte> json)
    {
        using var document = JsonDocument.Parse(json.ToArray());
        return LlmError.Read(document.RootElement);
    }

    private void ReadChoices(ref Utf8JsonReader reader, List<LlmEvent> output)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject && IsFirst(reader)) ReadChoice(ref reader, output);
            else reader.Skip();
        }
    }

    // On a copy of the reader: the index may stand after the delta.
    private static bool IsFirst(Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIndex = reader.ValueTextEquals("index"u8);
            reader.Read();
            if (isIndex) return reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var index) || index == 0;
            reader.Skip();
        }

        return true;
    }

    private void ReadChoice(ref Utf8JsonReader reader, List<LlmEvent> output)
    {
        HasContent = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("delta"u8) || reader.ValueTextEquals("message"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) ReadDelta(ref reader, output);
                else reader.Skip();
            }
            else if (reader.ValueTextEquals("finish_reason"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.String) ReadStop(ref reader);
                else reader.Skip();
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                // Moonshot puts it here.
                reader.Read();
                usage = OpenAiUsage.Read(ref reader) ?? usage;
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }

    private void ReadStop(ref Utf8JsonReader reader)
    {
        // Some servers send an empty reason on every chunk.
        if (reader.ValueTextEquals(""u8)) return;
        stop = reader.ValueTextEquals("length"u8) || reader.ValueTextEquals("max_tokens"u8) || reader.ValueTextEquals("MAX_TOKENS"u8) ? LlmStop.MaxTokens
            : reader.ValueTextEquals("content_filter"u8) || reader.ValueTextEquals("SAFETY"u8) ? LlmStop.ContentFilter
            : reader.ValueTextEquals("tool_calls"u8) || reader.ValueTextEquals("function_call"u8) ? LlmStop.ToolCalls
            : LlmStop.EndTurn;
    }

    private void ReadDelta(ref Utf8JsonReader reader, List<LlmEvent> output)
    {
        var hasReasoning = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("content"u8) || reader.ValueTextEquals("refusal"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartArray) ReadParts(ref reader, output);
                else AddText(ref reader, output);
            }
            else if (reader.ValueTextEquals("reasoning_content"u8) || reader.ValueTextEquals("reasoning"u8))
            {
                reader.Read();
                // Servers in transition send both names with the same text.
                if (hasReasoning) reader.Skip();
                else hasReasoning = AddReasoning(ref reader, output);
            }
            else if (reader.ValueTextEquals("tool_calls"u8))
            {
                reader.Read();
                ReadCalls(ref reader);
            }
            else if (reader.ValueTextEquals("function_call"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) calls.ReadFunctionCall(ref reader);
                else reader.Skip();
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }

    private void ReadCalls(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject) calls.ReadDelta(ref reader);
            else reader.Skip();
        }
    }

    // Content as parts (Mistral): text parts, and thinking parts that hold text parts of their own.
    private void ReadParts(ref Utf8JsonReader reader, List<LlmEvent> output, bool isThinking = false)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isText = reader.ValueTextEquals("text"u8);
                var isThought = reader.ValueTextEquals("thinking"u8);
                reader.Read();
                if (isThought && reader.TokenType == JsonTokenType.StartArray) ReadParts(ref reader, output, isThinking: true);
                else if (isThought || (isText && isThinking)) AddReasoning(ref reader, output);
                else if (isText) AddText(ref reader, output);
                else reader.Skip();
            }
        }
    }

    private void AddText(ref Utf8JsonReader reader, List<LlmEvent> output)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return;
        }

        var text = JsonText.Read(ref reader, ref textHalf);
        if (text.Length > 0) output.Add(LlmEvent.TextDelta(text));
    }

    private bool AddReasoning(ref Utf8JsonReader reader, List<LlmEvent> output)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return false;
        }

        var text = JsonText.Read(ref reader, ref reasoningHalf);
        if (text.Length > 0) output.Add(LlmEvent.ReasoningDelta(text));
        return text.Length > 0;
    }
}
