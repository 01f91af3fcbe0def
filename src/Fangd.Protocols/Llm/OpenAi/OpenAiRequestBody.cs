using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fangd.Protocols.Llm.OpenAi;

/// <summary>Writes the body of a chat completions call as UTF-8, without a string in between.</summary>
internal static class OpenAiRequestBody
{
    // Relaxed: the body never meets a browser, and text beyond ASCII stays a third of the escaped size.
    private static readonly JsonWriterOptions WriterOptions = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // What the client itself decides; an option of that name must not appear twice.
    private static readonly string[] OwnFields = ["model", "messages", "stream", "stream_options"];

    public static void Write(IBufferWriter<byte> output, LlmRequest request, OpenAiDialect dialect)
    {
        using var json = new Utf8JsonWriter(output, WriterOptions);
        var hasTools = request.Tools.Count > 0 && !dialect.HasFlag(OpenAiDialect.NoTools);
        json.WriteStartObject();
        json.WriteString("model"u8, request.Model);
        json.WriteBoolean("stream"u8, true);
        if (!dialect.HasFlag(OpenAiDialect.NoStreamOptions))
        {
            json.WriteStartObject("stream_options"u8);
            json.WriteBoolean("include_usage"u8, true);
            json.WriteEndObject();
        }

        if (request.MaxTokens is { } most && !Names(request.Options, "max_completion_tokens"))
            json.WriteNumber(dialect.HasFlag(OpenAiDialect.MaxCompletionTokens) ? "max_completion_tokens"u8 : "max_tokens"u8, most);
        if (request.Temperature is { } temperature && !dialect.HasFlag(OpenAiDialect.NoTemperature))
            json.WriteNumber("temperature"u8, temperature);
        WriteOptions(json, request, dialect, hasTools);

        json.WriteStartArray("messages"u8);
        var messages = dialect.HasFlag(OpenAiDialect.StrictTurns) ? StrictTurns.Of(request.Messages) : request.Messages;
        foreach (var message in messages) WriteMessage(json, message, dialect);
        json.WriteEndArray();

        if (hasTools) WriteTools(json, request.Tools);
        json.WriteEndObject();
    }

    private static void WriteOptions(Utf8JsonWriter json, LlmRequest request, OpenAiDialect dialect, bool hasTools)
    {
        foreach (var (name, value) in request.Options)
        {
            if (Array.IndexOf(OwnFields, name) >= 0) continue;
            var field = name;
            switch (name)
            {
                case "temperature" when request.Temperature is not null || dialect.HasFlag(OpenAiDialect.NoTemperature):
                case "tools" when request.Tools.Count > 0:
                // OpenAI refuses a choice among no tools.
                case "tool_choice" or "parallel_tool_calls" when !hasTools && !Names(request.Options, "tools"):
                    continue;
                case "max_tokens":
                    if (request.MaxTokens is not null || Names(request.Options, "max_completion_tokens")) continue;
                    if (dialect.HasFlag(OpenAiDialect.MaxCompletionTokens)) field = "max_completion_tokens";
                    break;
            }

            json.WritePropertyName(field);
            value.WriteTo(json);
        }
    }

    private static void WriteTools(Utf8JsonWriter json, IReadOnlyList<LlmTool> tools)
    {
        json.WriteStartArray("tools"u8);
        foreach (var tool in tools)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "function"u8);
            json.WriteStartObject("function"u8);
            json.WriteString("name"u8, tool.Name);
            if (tool.Description.Length > 0) JsonText.Write(json, "description"u8, tool.Description);
            json.WritePropertyName("parameters"u8);
            json.WriteRawValue(tool.Schema.IsEmpty ? """{"type":"object","properties":{}}"""u8 : tool.Schema.Span, skipInputValidation: true);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteMessage(Utf8JsonWriter json, LlmMessage message, OpenAiDialect dialect)
    {
        // Every result is a message of its own here, whatever message it came in.
        var others = 0;
        foreach (var part in message.Parts)
        {
            if (part is LlmToolResult result) WriteToolResult(json, result);
            else others++;
        }

        if (others == 0 && (message.Role == LlmRole.Tool || message.Parts.Count > 0)) return;
        json.WriteStartObject();
        json.WriteString("role"u8, message.Role switch
        {
            LlmRole.System => "system"u8,
            LlmRole.Assistant => "assistant"u8,
            _ => "user"u8,
        });
        if (message.Role == LlmRole.Assistant) WriteAssistant(json, message, dialect);
        else WriteContent(json, message);
        json.WriteEndObject();
    }

    private static void WriteToolResult(Utf8JsonWriter json, LlmToolResult result)
    {
        json.WriteStartObject();
        json.WriteString("role"u8, "tool"u8);
        json.WriteString("tool_call_id"u8, result.CallId);
        JsonText.Write(json, "content"u8, result.Text);
        json.WriteEndObject();
    }

    private static void WriteContent(Utf8JsonWriter json, LlmMessage message)
    {
        var hasImage = false;
        foreach (var part in message.Parts) hasImage |= part is LlmImage;
        if (!hasImage)
        {
            // A plain string: several local servers know no other form.
            JsonText.Write(json, "content"u8, message.Text);
            return;
        }

        json.WriteStartArray("content"u8);
        foreach (var part in message.Parts)
        {
            switch (part)
            {
                case LlmText text:
                    json.WriteStartObject();
                    json.WriteString("type"u8, "text"u8);
                    JsonText.Write(json, "text"u8, text.Text);
                    json.WriteEndObject();
                    break;
                case LlmImage image:
                    WriteImage(json, image);
                    break;
            }
        }

        json.WriteEndArray();
    }

    private static void WriteImage(Utf8JsonWriter json, LlmImage image)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "image_url"u8);
        json.WriteStartObject("image_url"u8);
        if (image.Base64 is { } base64)
        {
            var length = "data:".Length + image.MediaType.Length + ";base64,".Length + base64.Length;
            var url = ArrayPool<char>.Shared.Rent(length);
            url.AsSpan().TryWrite($"data:{image.MediaType};base64,{base64}", out var written);
            json.WriteString("url"u8, url.AsSpan(0, written));
            ArrayPool<char>.Shared.Return(url);
        }
        else
        {
            json.WriteString("url"u8, image.Url);
        }

        if (image.Detail is { } detail) json.WriteString("detail"u8, detail);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteAssistant(Utf8JsonWriter json, LlmMessage message, OpenAiDialect dialect)
    {
        bool hasCalls = false, hasText = false, hasReasoning = false;
        foreach (var part in message.Parts)
        {
            hasCalls |= part is LlmToolCall;
            hasText |= part is LlmText { Text.Length: > 0 };
            hasReasoning |= part is LlmReasoning;
        }

        if (hasText || !hasCalls) JsonText.Write(json, "content"u8, message.Text);
        else json.WriteNull("content"u8);
        if (dialect.HasFlag(OpenAiDialect.ReasoningBack))
            JsonText.Write(json, "reasoning_content"u8, hasReasoning ? string.Concat(message.Parts.OfType<LlmReasoning>().Select(r => r.Text)) : "");
        if (!hasCalls) return;

        json.WriteStartArray("tool_calls"u8);
        foreach (var part in message.Parts)
        {
            if (part is not LlmToolCall call) continue;
            json.WriteStartObject();
            json.WriteString("id"u8, call.Id);
            json.WriteString("type"u8, "function"u8);
            json.WriteStartObject("function"u8);
            json.WriteString("name"u8, call.Name);
            // Servers parse the arguments of old calls; a broken text in the history would make each later request fail.
            if (JsonText.IsObject(call.Arguments)) JsonText.Write(json, "arguments"u8, call.Arguments);
            else json.WriteString("arguments"u8, "{}"u8);
            json.WriteEndObject();
            if (call.Extra is { ValueKind: JsonValueKind.Object } extra)
            {
                foreach (var field in extra.EnumerateObject())
                {
                    if (!OpenAiToolCalls.IsKnownField(field.Name)) field.WriteTo(json);
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static bool Names(IReadOnlyList<KeyValuePair<string, JsonElement>> options, string name)
    {
        foreach (var option in options)
        {
            if (option.Key == name) return true;
        }

        return false;
    }
}
