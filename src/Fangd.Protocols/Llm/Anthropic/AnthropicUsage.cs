using System.Text.Json;

namespace Fangd.Protocols.Llm.Anthropic;

/// <summary>The tokens of one answer. What was read from the prompt cache and what was written to it is counted beside the rest of the input.</summary>
internal struct AnthropicUsage
{
    private int input;
    private int cachedInput;
    private int writtenInput;
    private int output;
    private bool isCounted;

    /// <summary>Null while nothing was counted.</summary>
    public readonly LlmUsage? Total => isCounted
        ? new LlmUsage((int)Math.Min((long)input + cachedInput + writtenInput, int.MaxValue), output, cachedInput)
        : null;

    /// <summary>Reads a <c>usage</c> object. Numbers only grow: those of <c>message_delta</c> are for the whole message.</summary>
    public void Read(ref Utf8JsonReader reader)
    {
        isCounted = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("input_tokens"u8)) input = Newer(ref reader, input);
            else if (reader.ValueTextEquals("cache_read_input_tokens"u8)) cachedInput = Newer(ref reader, cachedInput);
            else if (reader.ValueTextEquals("cache_creation_input_tokens"u8)) writtenInput = Newer(ref reader, writtenInput);
            else if (reader.ValueTextEquals("output_tokens"u8)) output = Newer(ref reader, output);
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }

    // Null in message_delta means that nothing is said; compatible servers send 0 for the same.
    private static int Newer(ref Utf8JsonReader reader, int old) => Math.Max(JsonText.ReadCount(ref reader), old);
}
