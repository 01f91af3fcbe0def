using System.Text.Json;
using Fangd.Protocols.Mcp.Serving;
using Fangd.Server.Templates;

namespace Fangd.Server.Mcp.Serving;

/// <summary>The agent templates as prompts: a client's own model takes on the role of one.</summary>
internal sealed class McpPrompts(TemplateLibrary templates)
{
    public ValueTask List(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        result.WriteStartArray("prompts");
        foreach (var template in templates.All())
        {
            result.WriteStartObject();
            result.WriteString("name", template.Name);
            result.WriteString("description", template.Manifest.Description);
            result.WriteStartArray("arguments");
            result.WriteStartObject();
            result.WriteString("name", "task");
            result.WriteString("description", "What it is to do");
            result.WriteBoolean("required", true);
            result.WriteEndObject();
            result.WriteEndArray();
            result.WriteEndObject();
        }

        result.WriteEndArray();
        return ValueTask.CompletedTask;
    }

    public ValueTask Get(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        var name = request.DemandText("name");
        var template = templates.Find(name) ?? throw McpFault.Params($"Unknown prompt: {name}");
        var arguments = request.Object("arguments");
        if (!arguments.TryGetProperty("task", out var task) || task.ValueKind != JsonValueKind.String)
            throw McpFault.Params("the argument task is missing; expected a string");
        result.WriteString("description", template.Manifest.Description);
        result.WriteStartArray("messages");
        result.WriteStartObject();
        result.WriteString("role", "user");
        result.WriteStartObject("content");
        result.WriteString("type", "text");
        result.WriteString("text", $"{template.Manifest.Model.SystemPrompt}\n\n{task.GetString()}");
        result.WriteEndObject();
        result.WriteEndObject();
        result.WriteEndArray();
        return ValueTask.CompletedTask;
    }
}
