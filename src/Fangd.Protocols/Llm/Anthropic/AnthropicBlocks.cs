using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.Llm.Anthropic;

/// <summary>The content blocks of one answer, as they are announced, filled piece by piece, and ended.</summary>
internal sealed class AnthropicBlocks
{
    private readonly List<AnthropicBlock> all = [];

    public IReadOnlyList<AnthropicBlock> All => all;

    /// <summary>Reads the announcement of a block, or a whole one; null when it says no type.</summary>
    public AnthropicBlock? Read(ReadOnlySpan<byte> json, int index, List<LlmEvent> output)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        if (AnthropicEvents.BlockType(reader) is not { Length: > 0 } type) return null;
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
        all.Add(block);
        if (type is "text" or "thinking") ReadPieces(json, block, output);
        return block;
    }

    public void ReadDelta(ref Utf8JsonReader reader, List<LlmEvent> output)
    {
        // A server that never announced the block cannot be understood any further.
        if (Find(AnthropicEvents.Index(reader)) is not { } block || !AnthropicEvents.Enter(ref reader, "delta"u8)) return;
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

    /// <summary>The newest block of this number.</summary>
    public AnthropicBlock? Find(int index)
    {
        for (var i = all.Count - 1; i >= 0; i--)
        {
            if (all[i].Index == index) return all[i];
        }

        return null;
    }

    /// <summary>Tells what is left of a block; once.</summary>
    public static void End(AnthropicBlock block, List<LlmEvent> output)
    {
        if (block.IsEnded) return;
        block.IsEnded = true;
        if (block.TakeRest() is { Length: > 0 } rest) output.Add(block.Type == "thinking" ? LlmEvent.ReasoningDelta(rest) : LlmEvent.TextDelta(rest));
        if (block.Type == "thinking" && block.Signature.Length > 0) output.Add(LlmEvent.ReasoningEnd(block.Signature));
        else if (block.Type == "redacted_thinking") output.Add(LlmEvent.ReasoningEnd(block.Start));
    }
}
