using System.Text.Json;

namespace Fangd.Protocols.Llm.Gemini;

/// <summary>The tokens of one answer.</summary>
internal static class GeminiUsage
{
    /// <summary>Null where it is no object. Each chunk counts the whole answer so far; the newest stands.</summary>
    public static LlmUsage? Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }

        int prompt = 0, tools = 0, answer = 0, thoughts = 0, cached = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("promptTokenCount"u8)) prompt = JsonText.ReadCount(ref reader);
            else if (reader.ValueTextEquals("toolUsePromptTokenCount"u8)) tools = JsonText.ReadCount(ref reader);
            else if (reader.ValueTextEquals("candidatesTokenCount"u8)) answer = JsonText.ReadCount(ref reader);
            else if (reader.ValueTextEquals("thoughtsTokenCount"u8)) thoughts = JsonText.ReadCount(ref reader);
            else if (reader.ValueTextEquals("cachedContentTokenCount"u8)) cached = JsonText.ReadCount(ref reader);
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        // Thoughts are paid as output but counted beside it.
        return new LlmUsage(Sum(prompt, tools), Sum(answer, thoughts), Math.Min(cached, prompt), thoughts);
    }

    private static int Sum(int a, int b) => (int)Math.Min((long)a + b, int.MaxValue);
}
