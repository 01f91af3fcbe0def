using System.Text;
using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Server.Http;

namespace Fangd.Server.OpenAiCompat;

/// <summary>Reads the body of <c>POST /v1/chat/completions</c>: tolerant of unknown fields, exact about those it uses.</summary>
internal static class ChatRequestReader
{
    /// <summary>Fields that the provider gets as they are; the others are ours or mean nothing to it.</summary>
    private static readonly HashSet<string> PassedOn = new(StringComparer.Ordinal)
    {
        "top_p", "stop", "seed", "presence_penalty", "frequency_penalty", "logit_bias", "response_format", "tool_choice", "parallel_tool_calls",
        "reasoning_effort", "verbosity", "top_k", "min_p", "repetition_penalty",
    };

    public static ChatRequest Read(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            throw ApiException.BadRequest("the body must be a JSON object");
        var (system, messages) = Messages(body);
        var options = new List<KeyValuePair<string, JsonElement>>();
        foreach (var field in body.EnumerateObject())
        {
            if (PassedOn.Contains(field.Name) && field.Value.ValueKind != JsonValueKind.Null)
                options.Add(new(field.Name, field.Value.Clone()));
        }

        return new ChatRequest
        {
            Model = RequestFields.Text(body, "model") ?? "",
            System = system,
            Messages = messages,
            Tools = Tools(body),
            Stream = RequestFields.Flag(body, "stream"),
            IncludeUsage = body.TryGetProperty("stream_options", out var stream) && stream.ValueKind == JsonValueKind.Object && RequestFields.Flag(stream, "include_usage"),
            Temperature = RequestFields.Number(body, "temperature", 0, 2),
            MaxTokens = (int?)(RequestFields.Number(body, "max_completion_tokens", 1, int.MaxValue) ?? RequestFields.Number(body, "max_tokens", 1, int.MaxValue)),
            Options = options,
            User = RequestFields.Text(body, "user"),
        };
    }

    private static (List<string> System, List<LlmMessage> Messages) Messages(JsonElement body)
    {
        if (!body.TryGetProperty("messages", out var list))
            throw ApiException.BadRequest("messages is missing");
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
            throw ApiException.BadRequest("messages must be a non-empty array");
        var system = new List<string>();
        var messages = new List<LlmMessage>();
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        var index = 0;
        foreach (var message in list.EnumerateArray())
            Message(message, $"messages[{index++}]", system, messages, names);
        if (!messages.Exists(m => m.Role == LlmRole.User))
            throw ApiException.BadRequest("messages must contain a user message");
        return (system, messages);
    }

    private static void Message(JsonElement message, string at, List<string> system, List<LlmMessage> messages, Dictionary<string, string> names)
    {
        if (message.ValueKind != JsonValueKind.Object)
            throw ApiException.BadRequest($"{at} must be an object");
        var role = RequestFields.Text(message, "role", at);
        message.TryGetProperty("content", out var content);
        switch (role)
        {
            case "system" or "developer":
                system.Add(RequestFields.PlainText(content, $"{at}.content"));
                break;
            case "user":
                messages.Add(new LlmMessage(LlmRole.User, ContentParts.Read(content, $"{at}.content")));
                break;
            case "assistant":
                messages.Add(Assistant(message, content, at, names));
                break;
            case "tool" or "function":
                var id = RequestFields.Text(message, "tool_call_id", at) ?? RequestFields.Text(message, "name", at)
                    ?? throw ApiException.BadRequest($"{at}.tool_call_id is missing");
                messages.Add(LlmMessage.ToolResult(new LlmToolResult(id, names.GetValueOrDefault(id, ""), RequestFields.PlainText(content, $"{at}.content"), false)));
                break;
            case null:
                throw ApiException.BadRequest($"{at}.role is missing");
            default:
                throw ApiException.BadRequest($"{at}.role '{role}' is not one of system, developer, user, assistant, tool");
        }
    }

    private static LlmMessage Assistant(JsonElement message, JsonElement content, string at, Dictionary<string, string> names)
    {
        var parts = new List<LlmPart>();
        if (content.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined))
        {
            var text = RequestFields.PlainText(content, $"{at}.content");
            if (text.Length > 0)
                parts.Add(new LlmText(text));
        }

        if (message.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array)
        {
            var index = 0;
            foreach (var call in calls.EnumerateArray())
            {
                var where = $"{at}.tool_calls[{index++}]";
                if (call.ValueKind != JsonValueKind.Object || !call.TryGetProperty("function", out var function) || function.ValueKind != JsonValueKind.Object)
                    throw ApiException.BadRequest($"{where}.function is missing");
                var id = RequestFields.Text(call, "id", where) ?? throw ApiException.BadRequest($"{where}.id is missing");
                var name = RequestFields.Text(function, "name", where) ?? throw ApiException.BadRequest($"{where}.function.name is missing");
                names[id] = name;
                parts.Add(new LlmToolCall(id, name, RequestFields.Text(function, "arguments", where) ?? "{}"));
            }
        }

        return new LlmMessage(LlmRole.Assistant, parts);
    }

    private static List<LlmTool> Tools(JsonElement body)
    {
        var tools = new List<LlmTool>();
        if (!body.TryGetProperty("tools", out var list) || list.ValueKind == JsonValueKind.Null)
            return tools;
        if (list.ValueKind != JsonValueKind.Array)
            throw ApiException.BadRequest("tools must be an array");
        var index = 0;
        foreach (var tool in list.EnumerateArray())
        {
            var at = $"tools[{index++}]";
            if (tool.ValueKind != JsonValueKind.Object || !tool.TryGetProperty("function", out var function) || function.ValueKind != JsonValueKind.Object)
                throw ApiException.BadRequest($"{at}.function is missing");
            var name = RequestFields.Text(function, "name", at) ?? throw ApiException.BadRequest($"{at}.function.name is missing");
            var schema = function.TryGetProperty("parameters", out var parameters) && parameters.ValueKind == JsonValueKind.Object
                ? Encoding.UTF8.GetBytes(parameters.GetRawText())
                : """{"type":"object","properties":{}}"""u8.ToArray();
            tools.Add(new LlmTool(name, RequestFields.Text(function, "description", at) ?? "", schema));
        }

        return tools;
    }
}
