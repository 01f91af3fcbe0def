using System.Text.Json;
using Fangd.Protocols.Mcp.Serving;

namespace Fangd.McpConformance;

internal static class PromptFixtures
{
    private static readonly (string Name, string[] Arguments)[] _all =
    [
        ("test_simple_prompt", []),
        ("test_prompt_with_arguments", ["arg1", "arg2"]),
        ("test_prompt_with_embedded_resource", ["resourceUri"]),
        ("test_prompt_with_image", []),
        ("test_input_required_result_prompt", []),
    ];

    public static ValueTask List(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        result.WriteStartArray("prompts");
        foreach (var (name, arguments) in _all)
        {
            result.WriteStartObject();
            result.WriteString("name", name);
            result.WriteString("description", $"{name} for tests");
            result.WriteStartArray("arguments");
            foreach (var argument in arguments)
            {
                result.WriteStartObject();
                result.WriteString("name", argument);
                result.WriteString("description", argument);
                result.WriteBoolean("required", true);
                result.WriteEndObject();
            }

            result.WriteEndArray();
            result.WriteEndObject();
        }

        result.WriteEndArray();
        return ValueTask.CompletedTask;
    }

    public static ValueTask Get(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        var arguments = request.Object("arguments");
        switch (request.DemandText("name"))
        {
            case "test_simple_prompt":
                Messages(result, json => Content.Text(json, "This is a simple prompt for testing."));
                break;
            case "test_prompt_with_arguments":
                Messages(result, json => Content.Text(json, $"Prompt with arguments: arg1='{Argument(arguments, "arg1")}', arg2='{Argument(arguments, "arg2")}'"));
                break;
            case "test_prompt_with_embedded_resource":
                Messages(
                    result,
                    json => Content.Resource(json, Argument(arguments, "resourceUri"), "text/plain", "Embedded resource content for testing."),
                    json => Content.Text(json, "Please process the embedded resource above."));
                break;
            case "test_prompt_with_image":
                Messages(result, json => Content.Blob(json, "image", Content.Png, "image/png"), json => Content.Text(json, "Please analyze the image above."));
                break;
            case "test_input_required_result_prompt":
                if (Answers.Field(request.InputResponses, "user_context", "context") is { } context)
                    Messages(result, json => Content.Text(json, $"Use this context: {context}"));
                else
                    request.NeedInput(result, json => Answers.Elicit(json, "user_context", "What context should the prompt use?", "context", "string"));
                break;
            case var other:
                throw McpFault.Params($"Unknown prompt: {other}");
        }

        return ValueTask.CompletedTask;
    }

    private static string Argument(JsonElement arguments, string name) =>
        arguments.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : throw McpFault.Params($"the argument {name} is missing");

    private static void Messages(Utf8JsonWriter json, params Action<Utf8JsonWriter>[] contents)
    {
        json.WriteStartArray("messages");
        foreach (var content in contents)
        {
            json.WriteStartObject();
            json.WriteString("role", "user");
            json.WritePropertyName("content");
            content(json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
