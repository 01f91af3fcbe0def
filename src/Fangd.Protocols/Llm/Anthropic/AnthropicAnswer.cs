using System.Text.Json;

namespace Fangd.Protocols.Llm.Anthropic;

/// <summary>
/// What the events of one answer add up to. Where the provider pauses its turn, a second answer goes on from the <paramref name="before"/>
/// first, and only the last tells calls, usage and stop. <paramref name="mayPause"/> false takes a pause for the end.
/// </summary>
internal sealed class AnthropicAnswer(AnthropicAnswer? before, bool mayPause) : ILlmAnswer
{
    private readonly AnthropicBlocks blocks = new();
    private AnthropicUsage usage;
    private LlmStop? stop;

    /// <inheritdoc/>
    public bool IsFinished { get; private set; }

    /// <inheritdoc/>
    public bool IsAtEnd => IsFinished;

    /// <inheritdoc/>
    public bool HasContent { get; private set; }

    /// <summary>Whether the turn is to be sent back as it is, to be gone on with.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>The blocks of the whole turn so far.</summary>
    public IReadOnlyList<AnthropicBlock> Blocks => before is null ? blocks.All : [.. before.Blocks, .. blocks.All];

    private LlmUsage? Usage => before?.Usage is { } earlier ? earlier + (usage.Total ?? default) : usage.Total;

    /// <inheritdoc/>
    public LlmError? Read(ReadOnlySpan<byte> json, List<LlmEvent> output)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("not an object");
        switch (AnthropicEvents.Kind(reader))
        {
            case AnthropicEvent.Error:
                return ReadError(json, isSure: true);
            case AnthropicEvent.Nameless:
                return ReadError(json, isSure: false);
            case AnthropicEvent.MessageStart:
                HasContent = true;
                if (AnthropicEvents.Enter(ref reader, "message"u8)) ReadMessage(ref reader, json, output);
                break;
            case AnthropicEvent.BlockStart:
                ReadStart(ref reader, json, output);
                break;
            case AnthropicEvent.BlockDelta:
                blocks.ReadDelta(ref reader, output);
                break;
            case AnthropicEvent.BlockStop:
                if (blocks.Find(AnthropicEvents.Index(reader)) is { } ended) AnthropicBlocks.End(ended, output);
                break;
            case AnthropicEvent.MessageDelta:
                ReadMessage(ref reader, json, output);
                break;
            case AnthropicEvent.MessageStop:
                // A cut one is none.
                reader.Skip();
                IsFinished = true;
                break;
            case AnthropicEvent.Message:
                // A server that does not stream.
                ReadMessage(ref reader, json, output);
                HasContent = IsFinished = true;
                break;
            default:
                // pings, and events of the future; but broken JSON is broken also there
                reader.Skip();
                break;
        }

        return null;
    }

    /// <inheritdoc/>
    public void Finish(List<LlmEvent> output, Func<string> newId)
    {
        foreach (var block in blocks.All) AnthropicBlocks.End(block, output);
        if (IsPaused && mayPause) return;
        IsPaused = false;
        var any = false;
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var block in Blocks)
        {
            if (block.Type != "tool_use" || string.IsNullOrWhiteSpace(block.Name)) continue;
            var arguments = block.Arguments;
            if (stop == LlmStop.MaxTokens && !JsonText.IsObject(arguments)) continue;
            any = true;
            var id = string.IsNullOrWhiteSpace(block.Id) || !ids.Add(block.Id) ? newId() : block.Id;
            output.Add(LlmEvent.ToolCall(new LlmToolCall(id, block.Name, arguments)));
        }

        if (Usage is { } counted) output.Add(LlmEvent.UsageReport(counted));
        output.Add(LlmEvent.Stopped(stop switch
        {
            LlmStop.MaxTokens => LlmStop.MaxTokens,
            LlmStop.ContentFilter => LlmStop.ContentFilter,
            _ => any ? LlmStop.ToolCalls : LlmStop.EndTurn,
        }));
    }

    private static LlmError? ReadError(ReadOnlySpan<byte> json, bool isSure)
    {
        using var document = JsonDocument.Parse(json.ToArray());
        return isSure || (document.RootElement.TryGetProperty("error", out var error) && error.ValueKind is JsonValueKind.Object or JsonValueKind.String)
            ? LlmError.Read(document.RootElement)
            : null;
    }

    // A message, or the delta of one: stop reason and usage stand in the same places but for the nesting.
    private void ReadMessage(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, List<LlmEvent> output)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("usage"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) usage.Read(ref reader);
                else reader.Skip();
            }
            else if (reader.ValueTextEquals("stop_reason"u8))
            {
                if (JsonText.ReadText(ref reader) is { } reason) TakeStop(reason);
            }
            else if (reader.ValueTextEquals("delta"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) ReadMessage(ref reader, json, output);
                else reader.Skip();
            }
            else if (reader.ValueTextEquals("content"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartArray) ReadContent(ref reader, json, output);
                else reader.Skip();
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
        IsPaused = reason == "pause_turn";
        stop = reason switch
        {
            // Both are a limit that cut the answer.
            "max_tokens" or "model_context_window_exceeded" => LlmStop.MaxTokens,
            "refusal" => LlmStop.ContentFilter,
            "tool_use" => LlmStop.ToolCalls,
            _ => LlmStop.EndTurn,
        };
    }

    private void ReadContent(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, List<LlmEvent> output)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            var block = blocks.Read(JsonText.Slice(ref reader, json), blocks.All.Count, output);
            if (block is not null) AnthropicBlocks.End(block, output);
        }
    }

    private void ReadStart(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, List<LlmEvent> output)
    {
        HasContent = true;
        var index = AnthropicEvents.Index(reader);
        if (AnthropicEvents.Enter(ref reader, "content_block"u8)) blocks.Read(JsonText.Slice(ref reader, json), index, output);
    }
}
