using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.Llm.Anthropic;

/// <summary>
/// What the events of one answer add up to. Where the provider pauses its turn, a second answer goes on from the <paramref name="before"/>
/// first, and only the last tells calls, usage and stop. <paramref name="mayPause"/> false takes a pause for the end.
/// </summary>
internal sealed class AnthropicAnswer(AnthropicAnswer? before, bool mayPause) : ILlmAnswer
{
    private readonly List<AnthropicBlock> blocks = [];
    private AnthropicUsage usage;
    private LlmStop? stop;

    private enum Event
    {
        Other,
        Nameless,
        Error,
        MessageStart,
        MessageDelta,
        MessageStop,
        Message,
        BlockStart,
        BlockDelta,
        BlockStop,
    }

    /// <inheritdoc/>
    public bool IsFinished { get; private set; }

    /// <inheritdoc/>
    public bool IsAtEnd => IsFinished;

    /// <inheritdoc/>
    public bool HasContent { get; private set; }

    /// <summary>Whether the turn is to be sent back as it is, to be gone on with.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>The blocks of the whole turn so far.</summary>
    public IReadOnlyList<AnthropicBlock> Blocks => before is null ? blocks : [.. before.Blocks, .. blocks];

    private LlmUsage? Usage => before?.Usage is { } earlier ? earlier + (usage.Total ?? default) : usage.Total;

    /// <inheritdoc/>
    public LlmError? Read(ReadOnlySpan<byte> json, List<LlmEvent> output)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("not an object");
        switch (Kind(reader))
        {
            case Event.Error:
                return ReadError(json, isSure: true);
            case Event.Nameless:
                return ReadError(json, isSure: false);
            case Event.MessageStart:
                HasContent = true;
                if (Enter(ref reader, "message"u8)) ReadMessage(ref reader, json, output);
                break;
            case Event.BlockStart:
                ReadStart(ref reader, json, output);
                break;
            case Event.BlockDelta:
                ReadDelta(ref reader, output);
                break;
            case Event.BlockStop:
                if (Find(Index(reader)) is { } ended) End(ended, output);
                break;
            case Event.MessageDelta:
                ReadMessage(ref reader, json, output);
                break;
            case Event.MessageStop:
                // A cut one is none.
                reader.Skip();
                IsFinished = true;
                break;
            case Event.Message:
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
        foreach (var block in blocks) End(block, output);
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

    // On a copy of the reader: the type need not stand first.
    private static Event Kind(Utf8JsonReader reader)
    {
        if (!FindType(ref reader)) return Event.Nameless;
        if (reader.TokenType != JsonTokenType.String) return Event.Other;
        return reader.ValueTextEquals("content_block_delta"u8) ? Event.BlockDelta
            : reader.ValueTextEquals("content_block_start"u8) ? Event.BlockStart
            : reader.ValueTextEquals("content_block_stop"u8) ? Event.BlockStop
            : reader.ValueTextEquals("message_start"u8) ? Event.MessageStart
            : reader.ValueTextEquals("message_delta"u8) ? Event.MessageDelta
            : reader.ValueTextEquals("message_stop"u8) ? Event.MessageStop
            : reader.ValueTextEquals("message"u8) ? Event.Message
            : reader.ValueTextEquals("error"u8) ? Event.Error
            : Event.Other;
    }

    private static string? BlockType(Utf8JsonReader reader) =>
        FindType(ref reader) && reader.TokenType == JsonTokenType.String ? reader.GetString() : null;

    private static bool FindType(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            reader.Read();
            if (isType) return true;
            reader.Skip();
        }

        return false;
    }

    private static int Index(Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("index"u8)) return JsonText.ReadCount(ref reader);
            reader.Read();
            reader.Skip();
        }

        return 0;
    }

    /// <summary>Moves the reader to the opening brace of a field of the object it is in.</summary>
    private static bool Enter(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.ValueTextEquals(name);
            reader.Read();
            if (isIt && reader.TokenType == JsonTokenType.StartObject) return true;
            reader.Skip();
        }

        return false;
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

            var block = ReadBlock(JsonText.Slice(ref reader, json), blocks.Count, output);
            if (block is not null) End(block, output);
        }
    }

    private void ReadStart(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, List<LlmEvent> output)
    {
        HasContent = true;
        var index = Index(reader);
        if (Enter(ref reader, "content_block"u8)) ReadBlock(JsonText.Slice(ref reader, json), index, output);
    }

    private AnthropicBlock? ReadBlock(ReadOnlySpan<byte> json, int index, List<LlmEvent> output)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        if (BlockType(reader) is not { Length: > 0 } type) return null;
        string? id = null, name = null, signature = null, whole = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8)) id = JsonText.ReadText(ref reader);
            else if (reader.ValueTextEquals("name"u8)) name = JsonText.ReadText(ref reader);
            else if (reader.ValueTextEquals("signature"u8)) signature = JsonText.ReadText(ref reader);
            else if (reader.ValueTextEquals("input"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) whole = Encoding.UTF8.GetString(JsonText.Slice(ref reader, json));
                else reader.Skip();
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        // Text and thinking are put together again from their pieces; only of the others the announcement is needed.
        var start = type is "text" or "thinking" ? "" : Encoding.UTF8.GetString(json);
        var block = new AnthropicBlock(index, type, start) { Id = id, Name = name, WholeInput = whole, Signature = signature ?? "" };
        blocks.Add(block);
        if (type is "text" or "thinking") ReadPieces(json, block, output);
        return block;
    }

    private void ReadDelta(ref Utf8JsonReader reader, List<LlmEvent> output)
    {
        // A server that never announced the block cannot be understood any further.
        if (Find(Index(reader)) is not { } block || !Enter(ref reader, "delta"u8)) return;
        ReadPieces(ref reader, block, output);
    }

    private static void ReadPieces(ReadOnlySpan<byte> json, AnthropicBlock block, List<LlmEvent> output)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        ReadPieces(ref reader, block, output);
    }

    private static void ReadPieces(ref Utf8JsonReader reader, AnthropicBlock block, List<LlmEvent> output)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("text"u8) && block.Type == "text")
            {
                reader.Read();
                if (block.Take(ref reader) is { Length: > 0 } text) output.Add(LlmEvent.TextDelta(text));
            }
            else if (reader.ValueTextEquals("thinking"u8) && block.Type == "thinking")
            {
                reader.Read();
                if (block.Take(ref reader) is { Length: > 0 } thought) output.Add(LlmEvent.ReasoningDelta(thought));
            }
            else if (reader.ValueTextEquals("partial_json"u8))
            {
                reader.Read();
                block.Input.Append(JsonText.ReadPiece(ref reader));
            }
            else if (reader.ValueTextEquals("signature"u8))
            {
                if (JsonText.ReadText(ref reader) is { Length: > 0 } signature) block.Signature = signature;
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }

    private AnthropicBlock? Find(int index)
    {
        for (var i = blocks.Count - 1; i >= 0; i--)
        {
            if (blocks[i].Index == index) return blocks[i];
        }

        return null;
    }

    private static void End(AnthropicBlock block, List<LlmEvent> output)
    {
        if (block.IsEnded) return;
        block.IsEnded = true;
        if (block.TakeRest() is { Length: > 0 } rest) output.Add(block.Type == "thinking" ? LlmEvent.ReasoningDelta(rest) : LlmEvent.TextDelta(rest));
        if (block.Type == "thinking" && block.Signature.Length > 0) output.Add(LlmEvent.ReasoningEnd(block.Signature));
        else if (block.Type == "redacted_thinking") output.Add(LlmEvent.ReasoningEnd(block.Start));
    }
}
