using System.Text;
using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Server.Http;
using Fangd.Server.OpenAiCompat;

namespace Fangd.Server.AnthropicCompat;

/// <summary>
/// Reads the body of <c>POST /v1/messages</c>. Options are handed on in OpenAI's spelling, which every client of a provider understands.
/// Thinking blocks are left out: they are bound to the provider that made them. Tools that Anthropic would run itself are not offered.
/// </summary>
internal static class MessagesRequestReader
{
    /// <param name="body">The request.</param>
    /// <param name="needsLimit">Whether <c>max_tokens</c> has to be there.</param>
    public static ChatRequest Read(JsonElement body, bool needsLimit)
    {
        if (body.ValueKind != JsonValueKind.Object)
            throw ApiException.BadRequest("the body must be a JSON object");
        var limit = (int?)RequestFields.Number(body, "max_tokens", 1, int.MaxValue);
        if (limit is null && needsLimit)
            throw ApiException.BadRequest("max_tokens is missing");
        var system = System(body);
        return new ChatRequest
        {
            Model = RequestFields.Text(body, "model") ?? throw ApiException.BadRequest("model is missing"),
            System = system,
            Messages = Messages(body, system),
            Tools = [.. Tools(body)],
            Stream = RequestFields.Flag(body, "stream"),
            Temperature = RequestFields.Number(body, "temperature", 0, 1),
            MaxTokens = limit,
            Options = [.. Options(body)],
        };
    }

    private static List<string> System(JsonElement body)
    {
        if (!body.TryGetProperty("system", out var system) || RequestFields.PlainText(system, "system") is not { Length: > 0 } text)
            return [];
        return [text];
    }

    private static List<LlmMessage> Messages(JsonElement body, List<string> system)
    {
        var messages = new List<LlmMessage>();
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (message, at) in RequestFields.Items(body, "messages"))
        {
            message.TryGetProperty("content", out var content);
            switch (RequestFields.Text(message, "role", at))
            {
                case "user":
                    User(content, $"{at}.content", messages, names);
                    break;
                case "assistant":
                    messages.Add(Assistant(content, $"{at}.content", names));
                    break;
                case "system":
                    system.Add(RequestFields.PlainText(content, $"{at}.content"));
                    break;
                case null:
                    throw ApiException.BadRequest($"{at}.role is missing");
                case var role:
                    throw ApiException.BadRequest($"{at}.role '{role}' is not one of user, assistant");
            }
        }

        if (!messages.Exists(message => message.Role == LlmRole.User))
            throw ApiException.BadRequest("messages must contain a user message");
        return messages;
    }

    /// <summary>Results of tools are messages of their own with us; they come before the text that stands beside them.</summary>
    private static void User(JsonElement content, string at, List<LlmMessage> messages, Dictionary<string, string> names)
    {
        if (content.ValueKind == JsonValueKind.String)
        {
            messages.Add(LlmMessage.User(content.GetString()!));
            return;
        }

        var parts = new List<LlmPart>();
        foreach (var (block, where) in Blocks(content, at))
        {
            switch (RequestFields.Text(block, "type", where))
            {
                case "text":
                    parts.Add(new LlmText(RequestFields.Text(block, "text", where) ?? ""));
                    break;
                case "image":
                    parts.Add(Image(block, where));
                    break;
                case "document":
                    parts.Add(Document(block, where));
                    break;
                case "tool_result":
                    messages.Add(Result(block, where, names));
                    break;
                case var type:
                    throw ApiException.BadRequest($"{where}.type '{type}' is not supported here; text, image, document and tool_result are");
            }
        }

        if (parts.Count > 0)
            messages.Add(new LlmMessage(LlmRole.User, parts));
    }

    private static LlmMessage Assistant(JsonElement content, string at, Dictionary<string, string> names)
    {
        if (content.ValueKind == JsonValueKind.String)
            return LlmMessage.Assistant(content.GetString()!);
        var parts = new List<LlmPart>();
        foreach (var (block, where) in Blocks(content, at))
        {
            switch (RequestFields.Text(block, "type", where))
            {
                case "text":
                    if (RequestFields.Text(block, "text", where) is { Length: > 0 } text)
                        parts.Add(new LlmText(text));
                    break;
                case "tool_use":
                    var id = RequestFields.Text(block, "id", where) ?? throw ApiException.BadRequest($"{where}.id is missing");
                    var name = RequestFields.Text(block, "name", where) ?? throw ApiException.BadRequest($"{where}.name is missing");
                    names[id] = name;
                    parts.Add(new LlmToolCall(id, name, block.TryGetProperty("input", out var input) ? input.GetRawText() : "{}"));
                    break;
            }
        }

        return new LlmMessage(LlmRole.Assistant, parts);
    }

    private static LlmMessage Result(JsonElement block, string at, Dictionary<string, string> names)
    {
        var id = RequestFields.Text(block, "tool_use_id", at) ?? throw ApiException.BadRequest($"{at}.tool_use_id is missing");
        block.TryGetProperty("content", out var content);
        var text = RequestFields.PlainText(content, $"{at}.content");
        return LlmMessage.ToolResult(new LlmToolResult(id, names.GetValueOrDefault(id, ""), text, RequestFields.Flag(block, "is_error")));
    }

    private static LlmImage Image(JsonElement block, string at)
    {
        var source = Source(block, at);
        return RequestFields.Text(source, "type", at) switch
        {
            "base64" => new LlmImage(
                RequestFields.Text(source, "media_type", at) ?? throw ApiException.BadRequest($"{at}.source.media_type is missing"),
                RequestFields.Text(source, "data", at) ?? throw ApiException.BadRequest($"{at}.source.data is missing"),
                null),
            "url" when Uri.TryCreate(RequestFields.Text(source, "url", at), UriKind.Absolute, out var url) && url.Scheme is "http" or "https" =>
                new LlmImage("image/*", null, url.AbsoluteUri),
            _ => throw ApiException.BadRequest($"{at}.source must be of type base64 or url, with an http(s) address"),
        };
    }

    private static LlmText Document(JsonElement block, string at)
    {
        var source = Source(block, at);
        return RequestFields.Text(source, "type", at) == "text" && RequestFields.Text(source, "data", at) is { } text
            ? new LlmText(text)
            : throw ApiException.BadRequest($"{at}.source: documents are taken as plain text only (type text)");
    }

    private static JsonElement Source(JsonElement block, string at) =>
        block.TryGetProperty("source", out var source) && source.ValueKind == JsonValueKind.Object
            ? source
            : throw ApiException.BadRequest($"{at}.source is missing");

    private static IEnumerable<(JsonElement Block, string At)> Blocks(JsonElement content, string at)
    {
        if (content.ValueKind != JsonValueKind.Array)
            throw ApiException.BadRequest($"{at} must be a string or an array of blocks");
        var index = 0;
        foreach (var block in content.EnumerateArray())
        {
            var where = $"{at}[{index++}]";
            yield return block.ValueKind == JsonValueKind.Object ? (block, where) : throw ApiException.BadRequest($"{where} must be an object");
        }
    }

    private static IEnumerable<LlmTool> Tools(JsonElement body)
    {
        foreach (var (tool, at) in RequestFields.Items(body, "tools"))
        {
            if (RequestFields.Text(tool, "type", at) is not (null or "custom"))
                continue;
            var name = RequestFields.Text(tool, "name", at) ?? throw ApiException.BadRequest($"{at}.name is missing");
            yield return new LlmTool(name, RequestFields.Text(tool, "description", at) ?? "", RequestFields.Schema(tool, "input_schema"));
        }
    }

    private static IEnumerable<KeyValuePair<string, JsonElement>> Options(JsonElement body)
    {
        foreach (var (theirs, ours) in new[] { ("stop_sequences", "stop"), ("top_p", "top_p"), ("top_k", "top_k") })
        {
            if (body.TryGetProperty(theirs, out var value) && value.ValueKind != JsonValueKind.Null)
                yield return new(ours, value.Clone());
        }

        if (body.TryGetProperty("tool_choice", out var choice) && choice.ValueKind == JsonValueKind.Object)
        {
            if (Choice(choice) is { } wanted)
                yield return new("tool_choice", Parsed(wanted));
            if (RequestFields.Flag(choice, "disable_parallel_tool_use"))
                yield return new("parallel_tool_calls", Parsed("false"));
        }

        if (body.TryGetProperty("output_config", out var output) && output.ValueKind == JsonValueKind.Object &&
            output.TryGetProperty("format", out var format) && format.ValueKind == JsonValueKind.Object && format.TryGetProperty("schema", out var schema))
        {
            yield return new(
                "response_format",
                Parsed($$$"""{"type":"json_schema","json_schema":{"name":"answer","schema":{{{schema.GetRawText()}}},"strict":true}}"""));
        }
    }

    private static string? Choice(JsonElement choice) => RequestFields.Text(choice, "type", "tool_choice") switch
    {
        "auto" => "\"auto\"",
        "any" => "\"required\"",
        "none" => "\"none\"",
        "tool" when choice.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String =>
            $$$"""{"type":"function","function":{"name":{{{name.GetRawText()}}}}}""",
        var type => throw ApiException.BadRequest($"tool_choice.type '{type}' is not one of auto, any, tool (with a name), none"),
    };

    private static JsonElement Parsed(string json)
    {
        using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(json));
        return document.RootElement.Clone();
    }
}
