using System.Text;
using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Server.Sessions;

namespace Fangd.Server.OpenAiCompat.Responses;

/// <summary>Messages as one JSON text: <c>[{"role": …, "parts": […]}]</c>, the parts as sessions store them.</summary>
internal static class StoredMessages
{
    public static string Write(IReadOnlyList<LlmMessage> messages)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var message in messages)
            {
                json.WriteStartObject();
                json.WriteString("role", MessageParts.RoleWord(message.Role));
                json.WritePropertyName("parts");
                json.WriteRawValue(MessageParts.Write(message.Parts), skipInputValidation: true);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    public static List<LlmMessage> Read(ReadOnlyMemory<byte> stored)
    {
        using var document = JsonDocument.Parse(stored);
        var messages = new List<LlmMessage>(document.RootElement.GetArrayLength());
        foreach (var message in document.RootElement.EnumerateArray())
        {
            var role = Encoding.UTF8.GetBytes(message.GetProperty("role").GetString()!);
            messages.Add(new LlmMessage(MessageParts.Role(role), MessageParts.Read(Encoding.UTF8.GetBytes(message.GetProperty("parts").GetRawText()))));
        }

        return messages;
    }
}
