using System.Text.Json;

namespace Fangd.Protocols.Llm.Anthropic;

/// <summary>What an event of the stream is about.</summary>
internal enum AnthropicEvent
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

/// <summary>Looks into events before they are read: their type, their block, and a field of theirs.</summary>
internal static class AnthropicEvents
{
    /// <summary>What an event is. On a copy of the reader: the type need not stand first.</summary>
    public static AnthropicEvent Kind(Utf8JsonReader reader)
    {
        if (!FindType(ref reader)) return AnthropicEvent.Nameless;
        if (reader.TokenType != JsonTokenType.String) return AnthropicEvent.Other;
        return reader.ValueTextEquals("content_block_delta"u8) ? AnthropicEvent.BlockDelta
            : reader.ValueTextEquals("content_block_start"u8) ? AnthropicEvent.BlockStart
            : reader.ValueTextEquals("content_block_stop"u8) ? AnthropicEvent.BlockStop
            : reader.ValueTextEquals("message_start"u8) ? AnthropicEvent.MessageStart
            : reader.ValueTextEquals("message_delta"u8) ? AnthropicEvent.MessageDelta
            : reader.ValueTextEquals("message_stop"u8) ? AnthropicEvent.MessageStop
            : reader.ValueTextEquals("message"u8) ? AnthropicEvent.Message
            : reader.ValueTextEquals("error"u8) ? AnthropicEvent.Error
            : AnthropicEvent.Other;
    }

    /// <summary>The type of a content block.</summary>
    public static string? BlockType(Utf8JsonReader reader) =>
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

    /// <summary>Which block an event is about; the first where it does not say.</summary>
    public static int Index(Utf8JsonReader reader)
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
    public static bool Enter(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
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
}
