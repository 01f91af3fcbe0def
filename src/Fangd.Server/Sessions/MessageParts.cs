using System.Buffers;
using System.Text;
using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Server.Http;

namespace Fangd.Server.Sessions;

/// <summary>The stored form of a message that is more than plain text: its parts as a JSON array.</summary>
internal static class MessageParts
{
    /// <summary>The text of a message that consists of one text part without labels; null for any other.</summary>
    public static string? PlainText(LlmMessage message) => message.Parts is [LlmText { Taint: TaintLabels.None } only] ? only.Text : null;

    /// <summary>
    /// The parts as JSON. Inline images become a note: once the model has seen them they are only weight, and a conversation must not
    /// carry megabytes of base64 for ever.
    /// </summary>
    public static string Write(IReadOnlyList<LlmPart> parts)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, JsonShape.WriterOptions))
        {
            json.WriteStartArray();
            foreach (var part in parts)
                Write(json, part);
            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static IReadOnlyList<LlmPart> Read(ReadOnlyMemory<byte> stored)
    {
        using var document = JsonDocument.Parse(stored);
        var parts = new List<LlmPart>(document.RootElement.GetArrayLength());
        foreach (var element in document.RootElement.EnumerateArray())
            parts.Add(Read(element));
        return parts;
    }

    public static string RoleWord(LlmRole role) => role switch
    {
        LlmRole.System => "system",
        LlmRole.User => "user",
        LlmRole.Assistant => "assistant",
        _ => "tool",
    };

    public static LlmRole Role(ReadOnlySpan<byte> word) =>
        word.SequenceEqual("user"u8) ? LlmRole.User
        : word.SequenceEqual("assistant"u8) ? LlmRole.Assistant
        : word.SequenceEqual("tool"u8) ? LlmRole.Tool
        : LlmRole.System;

    private static void Write(Utf8JsonWriter json, LlmPart part)
    {
        json.WriteStartObject();
        switch (part)
        {
            case LlmText text:
                json.WriteString("type", "text");
                json.WriteString("text", text.Text);
                Write(json, text.Taint);
                break;
            case LlmImage { Base64: { } data } image:
                json.WriteString("type", "text");
                json.WriteString("text", $"[image {image.MediaType}, {data.Length / 4 * 3} bytes, seen earlier]");
                break;
            case LlmImage image:
                json.WriteString("type", "image");
                json.WriteString("media_type", image.MediaType);
                json.WriteString("url", image.Url);
                break;
            case LlmToolCall call:
                json.WriteString("type", "tool_call");
                json.WriteString("id", call.Id);
                json.WriteString("name", call.Name);
                json.WriteString("arguments", call.Arguments);
                if (call.Extra is { } extra)
                {
                    json.WritePropertyName("extra");
                    extra.WriteTo(json);
                }

                break;
            case LlmToolResult result:
                json.WriteString("type", "tool_result");
                json.WriteString("call_id", result.CallId);
                json.WriteString("name", result.Name);
                json.WriteString("text", result.Text);
                json.WriteBoolean("is_error", result.IsError);
                Write(json, result.Taint);
                break;
            case LlmReasoning reasoning:
                json.WriteString("type", "reasoning");
                json.WriteString("text", reasoning.Text);
                if (reasoning.Signature is not null)
                    json.WriteString("signature", reasoning.Signature);
                break;
        }

        json.WriteEndObject();
    }

    private static LlmPart Read(JsonElement element) => element.GetProperty("type").GetString() switch
    {
        "tool_call" => new LlmToolCall(
            Field(element, "id"),
            Field(element, "name"),
            Field(element, "arguments"),
            element.TryGetProperty("extra", out var extra) ? extra.Clone() : null),
        "tool_result" => new LlmToolResult(Field(element, "call_id"), Field(element, "name"), Field(element, "text"), element.GetProperty("is_error").GetBoolean())
        {
            Taint = Taint(element),
        },
        "image" => new LlmImage(Field(element, "media_type"), null, Field(element, "url")),
        "reasoning" => new LlmReasoning(Field(element, "text"), element.TryGetProperty("signature", out var signature) ? signature.GetString() : null),
        _ => new LlmText(Field(element, "text")) { Taint = Taint(element) },
    };

    private static void Write(Utf8JsonWriter json, TaintLabels taint)
    {
        if (taint != TaintLabels.None)
            json.WriteNumber("taint", (int)taint);
    }

    private static TaintLabels Taint(JsonElement element) => element.TryGetProperty("taint", out var taint) ? (TaintLabels)taint.GetInt32() : TaintLabels.None;

    private static string Field(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";
}
