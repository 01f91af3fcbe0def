using System.Text.Json;

namespace Fangd.Protocols.Llm.OpenAi;

/// <summary>The tokens of one answer, the ways in which servers count them.</summary>
internal static class OpenAiUsage
{
    /// <summary>Null where it is no object. Servers that count along the stream send a running total: the newest one stands.</summary>
    public static LlmUsage? Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }

        int input = 0, output = 0, cached = 0, reasoning = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("prompt_tokens"u8)) input = JsonText.ReadCount(ref reader);
            else if (reader.ValueTextEquals("completion_tokens"u8)) output = JsonText.ReadCount(ref reader);
            else if (reader.ValueTextEquals("prompt_cache_hit_tokens"u8)) cached = Math.Max(cached, JsonText.ReadCount(ref reader));
            else if (reader.ValueTextEquals("prompt_tokens_details"u8)) cached = Math.Max(cached, ReadDetail(ref reader, "cached_tokens"u8));
            else if (reader.ValueTextEquals("completion_tokens_details"u8)) reasoning = ReadDetail(ref reader, "reasoning_tokens"u8);
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return new LlmUsage(input, output, Math.Min(cached, input), Math.Min(reasoning, output));
    }

    private static int ReadDetail(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return 0;
        }

        var count = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(name))
            {
                count = JsonText.ReadCount(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return count;
    }
}
