using System.Text.Json;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;

namespace Fangd.Server.AnthropicCompat;

/// <summary>The message object of Anthropic's API, whole or as the empty one that a stream begins with.</summary>
internal static class MessageBody
{
    public static void Write(Utf8JsonWriter json, MessageHead head, TurnResult result)
    {
        Begin(json, head);
        json.WriteStartArray("content");
        if (result.Text.Length > 0)
        {
            json.WriteStartObject();
            json.WriteString("type", "text");
            json.WriteString("text", result.Text);
            json.WriteEndObject();
        }

        foreach (var call in result.ClientCalls)
            Call(json, call, withInput: true);
        json.WriteEndArray();
        json.WriteString("stop_reason", StopReason(result));
        json.WriteNull("stop_sequence");
        json.WritePropertyName("usage");
        Usage(json, result.Usage);
        json.WriteEndObject();
    }

    public static void WriteEmpty(Utf8JsonWriter json, MessageHead head)
    {
        Begin(json, head);
        json.WriteStartArray("content");
        json.WriteEndArray();
        json.WriteNull("stop_reason");
        json.WriteNull("stop_sequence");
        json.WritePropertyName("usage");
        Usage(json, default);
        json.WriteEndObject();
    }

    public static void Call(Utf8JsonWriter json, LlmToolCall call, bool withInput)
    {
        json.WriteStartObject();
        json.WriteString("type", "tool_use");
        json.WriteString("id", call.Id);
        json.WriteString("name", call.Name);
        json.WritePropertyName("input");
        json.WriteRawValue(withInput && call.Arguments.Length > 0 ? call.Arguments : "{}");
        json.WriteEndObject();
    }

    /// <summary>Anthropic counts what came from a cache beside the input, not in it.</summary>
    public static void Usage(Utf8JsonWriter json, LlmUsage usage)
    {
        json.WriteStartObject();
        json.WriteNumber("input_tokens", usage.Input - usage.CachedInput);
        json.WriteNumber("cache_creation_input_tokens", 0);
        json.WriteNumber("cache_read_input_tokens", usage.CachedInput);
        json.WriteNumber("output_tokens", usage.Output);
        json.WriteEndObject();
    }

    public static string StopReason(TurnResult result) => result.ClientCalls.Count > 0 ? "tool_use" : result.Stop switch
    {
        LlmStop.MaxTokens => "max_tokens",
        LlmStop.ContentFilter => "refusal",
        _ => "end_turn",
    };

    private static void Begin(Utf8JsonWriter json, MessageHead head)
    {
        json.WriteStartObject();
        json.WriteString("id", head.Id);
        json.WriteString("type", "message");
        json.WriteString("role", "assistant");
        json.WriteString("model", head.Model);
    }
}
