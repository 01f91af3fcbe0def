using System.Text;
using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Server.Http;

namespace Fangd.Server.OpenAiCompat.Responses;

/// <summary>
/// Reads the body of <c>POST /v1/responses</c>. Tools that OpenAI would run itself (web search, code interpreter, …) are not offered: clients
/// send them always and get on without.
/// </summary>
internal static class ResponseRequestReader
{
    private static readonly string[] _passedOn = ["top_p", "parallel_tool_calls"];

    private static readonly byte[] _freeText = """{"type":"object","properties":{"input":{"type":"string"}},"required":["input"],"additionalProperties":false}"""u8.ToArray();

    public static ResponseRequest Read(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            throw ApiException.BadRequest("the body must be a JSON object");
        if (RequestFields.Flag(body, "background"))
            throw ApiException.BadRequest("background: responses are not made in the background here; stream them instead");
        var system = new List<string>();
        if (RequestFields.Text(body, "instructions") is { Length: > 0 } instructions)
            system.Add(instructions);
        var freeText = new HashSet<string>(StringComparer.Ordinal);
        var tools = Tools(body, freeText);
        return new ResponseRequest
        {
            Chat = new ChatRequest
            {
                Model = RequestFields.Text(body, "model") ?? "",
                Messages = ResponseItems.Read(body, system),
                System = system,
                Tools = tools,
                Stream = RequestFields.Flag(body, "stream"),
                Temperature = RequestFields.Number(body, "temperature", 0, 2),
                MaxTokens = (int?)RequestFields.Number(body, "max_output_tokens", 1, int.MaxValue),
                Options = [.. Options(body)],
                User = RequestFields.Text(body, "user"),
            },
            PreviousId = RequestFields.Text(body, "previous_response_id"),
            IsStored = !body.TryGetProperty("store", out _) || RequestFields.Flag(body, "store"),
            FreeTextTools = freeText,
            Echo = body.Clone(),
        };
    }

    private static List<LlmTool> Tools(JsonElement body, HashSet<string> freeText)
    {
        var tools = new List<LlmTool>();
        foreach (var (tool, at) in RequestFields.Items(body, "tools"))
        {
            var type = RequestFields.Text(tool, "type", at);
            if (type is not ("function" or "custom"))
                continue;
            var name = RequestFields.Text(tool, "name", at) ?? throw ApiException.BadRequest($"{at}.name is missing");
            if (type == "custom")
                freeText.Add(name);
            tools.Add(new LlmTool(
                name,
                RequestFields.Text(tool, "description", at) ?? "",
                type == "custom" ? _freeText : RequestFields.Schema(tool, "parameters")));
        }

        return tools;
    }

    private static IEnumerable<KeyValuePair<string, JsonElement>> Options(JsonElement body)
    {
        foreach (var name in _passedOn)
        {
            if (body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null)
                yield return new(name, value.Clone());
        }

        if (body.TryGetProperty("tool_choice", out var choice))
        {
            if (choice.ValueKind == JsonValueKind.String)
                yield return new("tool_choice", choice.Clone());
            else if (choice.ValueKind == JsonValueKind.Object && choice.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String)
                yield return new("tool_choice", Parsed($$$"""{"type":"function","function":{"name":{{{name.GetRawText()}}}}}"""));
        }

        if (body.TryGetProperty("reasoning", out var reasoning) && reasoning.ValueKind == JsonValueKind.Object &&
            reasoning.TryGetProperty("effort", out var effort) && effort.ValueKind == JsonValueKind.String)
            yield return new("reasoning_effort", effort.Clone());
        if (Format(body) is { } format)
            yield return new("response_format", format);
    }

    /// <summary>The format lies flat here and nested in chat completions, where providers know it from.</summary>
    private static JsonElement? Format(JsonElement body)
    {
        if (!body.TryGetProperty("text", out var text) || text.ValueKind != JsonValueKind.Object ||
            !text.TryGetProperty("format", out var format) || format.ValueKind != JsonValueKind.Object)
            return null;
        return RequestFields.Text(format, "type", "text.format") switch
        {
            "json_object" => Parsed("""{"type":"json_object"}"""),
            "json_schema" when format.TryGetProperty("schema", out var schema) => Parsed(
                $$$"""{"type":"json_schema","json_schema":{"name":{{{NameOf(format)}}},"schema":{{{schema.GetRawText()}}},"strict":{{{(RequestFields.Flag(format, "strict") ? "true" : "false")}}}}}"""),
            _ => null,
        };
    }

    private static string NameOf(JsonElement format) =>
        format.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String ? name.GetRawText() : "\"answer\"";

    private static JsonElement Parsed(string json)
    {
        using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(json));
        return document.RootElement.Clone();
    }
}
