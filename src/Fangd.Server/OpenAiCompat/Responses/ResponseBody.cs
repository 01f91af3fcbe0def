using System.Text.Json;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;

namespace Fangd.Server.OpenAiCompat.Responses;

/// <summary>The response object of OpenAI's Responses API: under way, completed, incomplete or failed.</summary>
internal sealed class ResponseBody(ResponseRequest request, string id, string model, long createdAt)
{
    /// <summary>Request fields that come back as they were, with what stands for an absent one.</summary>
    private static readonly (string Name, string Absent)[] _echoed =
    [
        ("instructions", "null"), ("max_output_tokens", "null"), ("metadata", "{}"), ("parallel_tool_calls", "true"), ("previous_response_id", "null"),
        ("reasoning", "{\"effort\":null,\"summary\":null}"), ("store", "true"), ("temperature", "null"), ("text", "{\"format\":{\"type\":\"text\"}}"),
        ("tool_choice", "\"auto\""), ("tools", "[]"), ("top_p", "null"), ("truncation", "\"disabled\""), ("user", "null"),
    ];

    public string Id => id;

    /// <summary>The id of the message item; calls are numbered after it.</summary>
    public string MessageId => "msg_" + id[5..];

    public string CallItemId(int index) => $"fc_{id[5..]}{index}";

    public void Write(Utf8JsonWriter json, TurnResult result)
    {
        var isCut = result.Stop is LlmStop.MaxTokens or LlmStop.ContentFilter && result.ClientCalls.Count == 0;
        Begin(json, isCut ? "incomplete" : "completed");
        json.WriteNull("error");
        json.WritePropertyName("incomplete_details");
        if (isCut)
        {
            json.WriteStartObject();
            json.WriteString("reason", result.Stop == LlmStop.MaxTokens ? "max_output_tokens" : "content_filter");
            json.WriteEndObject();
        }
        else
        {
            json.WriteNullValue();
        }

        json.WriteStartArray("output");
        if (result.Text.Length > 0 || result.ClientCalls.Count == 0)
            Message(json, result.Text, isCut ? "incomplete" : "completed");
        for (var i = 0; i < result.ClientCalls.Count; i++)
            Call(json, result.ClientCalls[i], i, "completed", withArguments: true);
        json.WriteEndArray();
        json.WritePropertyName("usage");
        Usage(json, result.Usage);
        json.WriteEndObject();
    }

    /// <summary>The response before its end; <paramref name="error"/> is set for one that failed.</summary>
    public void WriteUnfinished(Utf8JsonWriter json, (string Code, string Message)? error = null)
    {
        Begin(json, error is null ? "in_progress" : "failed");
        json.WritePropertyName("error");
        if (error is { } failed)
        {
            json.WriteStartObject();
            json.WriteString("code", failed.Code);
            json.WriteString("message", failed.Message);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNullValue();
        }

        json.WriteNull("incomplete_details");
        json.WriteStartArray("output");
        json.WriteEndArray();
        json.WriteNull("usage");
        json.WriteEndObject();
    }

    /// <summary>A message item; a null text is one whose content has not begun.</summary>
    public void Message(Utf8JsonWriter json, string? text, string status)
    {
        json.WriteStartObject();
        json.WriteString("id", MessageId);
        json.WriteString("type", "message");
        json.WriteString("status", status);
        json.WriteString("role", "assistant");
        json.WriteStartArray("content");
        if (text is not null)
            TextPart(json, text);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void TextPart(Utf8JsonWriter json, string text)
    {
        json.WriteStartObject();
        json.WriteString("type", "output_text");
        json.WriteString("text", text);
        json.WriteStartArray("annotations");
        json.WriteEndArray();
        json.WriteStartArray("logprobs");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public bool IsFreeText(LlmToolCall call) => request.FreeTextTools.Contains(call.Name);

    public void Call(Utf8JsonWriter json, LlmToolCall call, int index, string status, bool withArguments)
    {
        var isFreeText = IsFreeText(call);
        json.WriteStartObject();
        json.WriteString("id", CallItemId(index));
        json.WriteString("type", isFreeText ? "custom_tool_call" : "function_call");
        json.WriteString("status", status);
        json.WriteString("call_id", call.Id);
        json.WriteString("name", call.Name);
        json.WriteString(isFreeText ? "input" : "arguments", !withArguments ? "" : isFreeText ? ResponseRequest.FreeText(call) : call.Arguments);
        json.WriteEndObject();
    }

    private void Begin(Utf8JsonWriter json, string status)
    {
        json.WriteStartObject();
        json.WriteString("id", id);
        json.WriteString("object", "response");
        json.WriteNumber("created_at", createdAt);
        json.WriteString("status", status);
        json.WriteString("model", model);
        foreach (var (name, absent) in _echoed)
        {
            json.WritePropertyName(name);
            if (request.Echo.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null)
                value.WriteTo(json);
            else
                json.WriteRawValue(absent);
        }
    }

    private static void Usage(Utf8JsonWriter json, LlmUsage usage)
    {
        json.WriteStartObject();
        json.WriteNumber("input_tokens", usage.Input);
        json.WriteStartObject("input_tokens_details");
        json.WriteNumber("cached_tokens", usage.CachedInput);
        json.WriteEndObject();
        json.WriteNumber("output_tokens", usage.Output);
        json.WriteStartObject("output_tokens_details");
        json.WriteNumber("reasoning_tokens", usage.Reasoning);
        json.WriteEndObject();
        json.WriteNumber("total_tokens", usage.Total);
        json.WriteEndObject();
    }
}
