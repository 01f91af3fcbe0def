using System.Text.Json;
using Fangd.Protocols.Mcp.Serving;
using Fangd.Server.Mcp.Serving;

namespace Fangd.McpConformance;

/// <summary>The suite's tools that answer at once, report, or ask in the midst of a call; those that ask by their result are <see cref="InputTools"/>.</summary>
internal sealed class ToolFixtures
{
    private const string NoArguments = """{"type":"object","properties":{}}""";

    private readonly McpNotices _notices;
    private readonly Dictionary<string, (string Schema, McpMethod Call)> _all;

    public ToolFixtures(McpNotices notices)
    {
        _notices = notices;
        _all = new(StringComparer.Ordinal)
        {
            ["test_simple_text"] = (NoArguments, Says("This is a simple text response for testing.")),
            ["test_image_content"] = (NoArguments, Contents(json => Content.Blob(json, "image", Content.Png, "image/png"))),
            ["test_audio_content"] = (NoArguments, Contents(json => Content.Blob(json, "audio", Content.Wav, "audio/wav"))),
            ["test_embedded_resource"] = (NoArguments, Contents(json => Content.Resource(json, "test://embedded-resource", "text/plain", "This is an embedded resource content."))),
            ["test_multiple_content_types"] = (NoArguments, Contents(
                json => Content.Text(json, "Multiple content types test:"),
                json => Content.Blob(json, "image", Content.Png, "image/png"),
                json => Content.Resource(json, "test://mixed-content-resource", "application/json", """{"test":"data","value":123}"""))),
            ["test_error_handling"] = (NoArguments, Fails),
            ["test_tool_with_logging"] = (NoArguments, Logs),
            ["test_logging_tool"] = (NoArguments, Logs),
            ["test_tool_with_progress"] = (NoArguments, Progresses),
            ["test_sampling"] = ("""{"type":"object","properties":{"prompt":{"type":"string"}},"required":["prompt"]}""", Samples),
            ["test_elicitation"] = ("""{"type":"object","properties":{"message":{"type":"string"}},"required":["message"]}""", Elicits),
            ["test_elicitation_sep1034_defaults"] = (NoArguments, (request, json, cancel) => Fills(request, json, Schemas.Defaults, cancel)),
            ["test_elicitation_sep1330_enums"] = (NoArguments, (request, json, cancel) => Fills(request, json, Schemas.Enums, cancel)),
            ["json_schema_2020_12_tool"] = (Schemas.Draft202012, Says("ok")),
            ["test_missing_capability"] = (NoArguments, NeedsSampling),
            ["test_streaming_elicitation"] = (NoArguments, InputTools.Elicitation),
            ["test_trigger_tool_change"] = (NoArguments, Changes(McpNoticeKind.ToolsChanged)),
            ["test_trigger_prompt_change"] = (NoArguments, Changes(McpNoticeKind.PromptsChanged)),
        };
        foreach (var (name, call) in InputTools.All)
            _all[name] = (NoArguments, call);
    }

    public ValueTask List(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        result.WriteStartArray("tools");
        foreach (var (name, (schema, _)) in _all)
        {
            result.WriteStartObject();
            result.WriteString("name", name);
            result.WriteString("description", $"{name} for tests");
            Content.Raw(result, "inputSchema", schema);
            result.WriteEndObject();
        }

        result.WriteEndArray();
        return ValueTask.CompletedTask;
    }

    public ValueTask Call(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        var name = request.DemandText("name");
        return _all.TryGetValue(name, out var tool) ? tool.Call(request, result, cancel) : throw McpFault.Params($"Unknown tool: {name}");
    }

    internal static McpMethod Says(string text) => Contents(json => Content.Text(json, text));

    internal static void Say(Utf8JsonWriter result, string text)
    {
        result.WriteStartArray("content");
        Content.Text(result, text);
        result.WriteEndArray();
    }

    private static McpMethod Contents(params Action<Utf8JsonWriter>[] contents) => (_, result, _) =>
    {
        result.WriteStartArray("content");
        foreach (var content in contents)
            content(result);
        result.WriteEndArray();
        return ValueTask.CompletedTask;
    };

    private static ValueTask Fails(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        Say(result, "This tool intentionally returns an error for testing");
        result.WriteBoolean("isError", true);
        return ValueTask.CompletedTask;
    }

    private static async ValueTask Logs(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        await request.Log("info", "Tool execution started", cancel);
        await Task.Delay(50, cancel);
        await request.Log("info", "Tool processing data", cancel);
        await Task.Delay(50, cancel);
        await request.Log("info", "Tool execution completed", cancel);
        Say(result, "Logged three messages.");
    }

    private static async ValueTask Progresses(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        foreach (var done in new[] { 0, 50, 100 })
        {
            await request.Progress(done, 100, cancel);
            await Task.Delay(50, cancel);
        }

        Say(result, "Worked to the end.");
    }

    private static async ValueTask Samples(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        request.Demand("sampling");
        var prompt = request.Object("arguments").GetProperty("prompt").GetString()!;
        var answer = await request.Ask("sampling/createMessage", json => Answers.Message(json, prompt, 100), cancel);
        Say(result, $"LLM response: {answer.GetProperty("content").GetProperty("text").GetString()}");
    }

    private static async ValueTask Elicits(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        request.Demand("elicitation");
        var message = request.Object("arguments").GetProperty("message").GetString()!;
        var answer = await request.Ask(
            "elicitation/create",
            json =>
            {
                json.WriteString("message", message);
                Content.Raw(json, "requestedSchema", Schemas.Contact);
            },
            cancel);
        Say(result, $"User response: {answer.GetRawText()}");
    }

    private static async ValueTask Fills(McpRequest request, Utf8JsonWriter result, string schema, CancellationToken cancel)
    {
        request.Demand("elicitation");
        var answer = await request.Ask(
            "elicitation/create",
            json =>
            {
                json.WriteString("message", "Please fill in the form");
                Content.Raw(json, "requestedSchema", schema);
            },
            cancel);
        var content = answer.TryGetProperty("content", out var filled) ? filled.GetRawText() : "{}";
        Say(result, $"Elicitation completed: action={answer.GetProperty("action").GetString()}, content={content}");
    }

    private static ValueTask NeedsSampling(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        request.Demand("sampling");
        Say(result, "The client can sample.");
        return ValueTask.CompletedTask;
    }

    private McpMethod Changes(McpNoticeKind kind) => (_, result, _) =>
    {
        _notices.Tell(new McpNotice(kind));
        Say(result, "Told.");
        return ValueTask.CompletedTask;
    };
}
