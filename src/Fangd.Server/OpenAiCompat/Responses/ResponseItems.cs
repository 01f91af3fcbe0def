using System.Text;
using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Server.Http;

namespace Fangd.Server.OpenAiCompat.Responses;

/// <summary>
/// Reads the input of a response: a text, or items. Calls that follow one another belong to one assistant message; reasoning items are bound to
/// the provider that made them and left out.
/// </summary>
internal static class ResponseItems
{
    public static List<LlmMessage> Read(JsonElement body, List<string> system)
    {
        if (!body.TryGetProperty("input", out var input) || input.ValueKind == JsonValueKind.Null)
            throw ApiException.BadRequest("input is missing");
        if (input.ValueKind == JsonValueKind.String)
            return [LlmMessage.User(input.GetString()!)];
        var messages = new List<LlmMessage>();
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (item, at) in RequestFields.Items(body, "input"))
            Item(item, at, messages, system, names);
        return messages.Count > 0 ? messages : throw ApiException.BadRequest("input must be a string or a non-empty array of items");
    }

    private static void Item(JsonElement item, string at, List<LlmMessage> messages, List<string> system, Dictionary<string, string> names)
    {
        switch (RequestFields.Text(item, "type", at) ?? "message")
        {
            case "message":
                Message(item, at, messages, system);
                break;
            case "function_call":
                Call(item, at, RequestFields.Text(item, "arguments", at) ?? "{}", messages, names);
                break;
            case "custom_tool_call":
                Call(item, at, FreeTextArguments(RequestFields.Text(item, "input", at) ?? ""), messages, names);
                break;
            case "function_call_output" or "custom_tool_call_output":
                var id = RequestFields.Text(item, "call_id", at) ?? throw ApiException.BadRequest($"{at}.call_id is missing");
                item.TryGetProperty("output", out var output);
                messages.Add(LlmMessage.ToolResult(new LlmToolResult(id, names.GetValueOrDefault(id, ""), RequestFields.PlainText(output, $"{at}.output"), false)));
                break;
            case "item_reference":
                throw ApiException.BadRequest($"{at}: items are not kept here by themselves; send the item, or previous_response_id");
        }
    }

    private static void Message(JsonElement item, string at, List<LlmMessage> messages, List<string> system)
    {
        item.TryGetProperty("content", out var content);
        switch (RequestFields.Text(item, "role", at))
        {
            case "user":
                messages.Add(new LlmMessage(LlmRole.User, ContentParts.Read(content, $"{at}.content")));
                break;
            case "assistant":
                messages.Add(LlmMessage.Assistant(RequestFields.PlainText(content, $"{at}.content")));
                break;
            case "system" or "developer":
                system.Add(RequestFields.PlainText(content, $"{at}.content"));
                break;
            case var role:
                throw ApiException.BadRequest($"{at}.role '{role}' is not one of user, assistant, system, developer");
        }
    }

    private static void Call(JsonElement item, string at, string arguments, List<LlmMessage> messages, Dictionary<string, string> names)
    {
        var id = RequestFields.Text(item, "call_id", at) ?? throw ApiException.BadRequest($"{at}.call_id is missing");
        var name = RequestFields.Text(item, "name", at) ?? throw ApiException.BadRequest($"{at}.name is missing");
        names[id] = name;
        var call = new LlmToolCall(id, name, arguments);
        if (messages is [.., { Role: LlmRole.Assistant } last])
            messages[^1] = last with { Parts = [.. last.Parts, call] };
        else
            messages.Add(new LlmMessage(LlmRole.Assistant, [call]));
    }

    private static string FreeTextArguments(string input)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("input", input);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
