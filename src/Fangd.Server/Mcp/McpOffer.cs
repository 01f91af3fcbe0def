using System.Text.Json;
using Fangd.Engine.Tools;
using Fangd.Protocols.Mcp.Client;

namespace Fangd.Server.Mcp;

/// <summary>
/// What agents get of a server: its tools, and for what it has beside them three more: resources are listed and read, and prompts asked for. The
/// server's own tools come first, so that theirs are the plain names.
/// </summary>
internal static class McpOffer
{
    private static readonly ToolForm _listResources = new(
        "list_resources", "List the resources of this MCP server by URI, a page at a time.", """{"type":"object","properties":{"cursor":{"type":"string"}}}"""u8);

    private static readonly ToolForm _readResource = new(
        "read_resource", "Read a resource of this MCP server.", """{"type":"object","properties":{"uri":{"type":"string"}},"required":["uri"]}"""u8);

    private static readonly ToolForm _getPrompt = new(
        "get_prompt",
        "Get a prompt template of this MCP server by name, filled in with arguments; without a name, list them.",
        """{"type":"object","properties":{"name":{"type":"string"},"arguments":{"type":"object"},"cursor":{"type":"string"}}}"""u8);

    /// <summary>Adds the tools by the names that <paramref name="take"/> gives them; null from it leaves one out.</summary>
    public static void Add(List<ITool> tools, McpConnection server, Func<string, string?> take)
    {
        var state = server.State;
        foreach (var tool in state.Tools)
        {
            if (take(tool.Name) is { } name)
                tools.Add(Own(server, tool, name));
        }

        if (state.Counts.Resources is not null)
        {
            Add(_listResources, static (client, arguments, _, cancel) => client.ListResources(Text(arguments, "cursor"), cancel));
            Add(_readResource, static (client, arguments, errand, cancel) => client.ReadResource(Text(arguments, "uri") ?? "", errand, cancel));
        }

        if (state.Counts.Prompts is not null)
            Add(_getPrompt, Prompt);

        void Add(ToolForm form, McpCalling calling)
        {
            if (take(form.Name) is { } name)
                tools.Add(new McpTool(server, name, form.Description, form.Schema, calling));
        }
    }

    private static McpTool Own(McpConnection server, McpToolInfo tool, string name)
    {
        var remote = tool.Name;
        return new McpTool(server, name, tool.Description, tool.Schema, (client, arguments, errand, cancel) => client.CallTool(remote, arguments, errand, cancel));
    }

    private static Task<McpToolAnswer> Prompt(McpClient client, JsonElement arguments, McpErrand errand, CancellationToken cancel) =>
        Text(arguments, "name") is { } name
            ? client.GetPrompt(name, arguments.TryGetProperty("arguments", out var given) ? given : default, errand, cancel)
            : client.ListPrompts(Text(arguments, "cursor"), cancel);

    private static string? Text(JsonElement arguments, string name) =>
        arguments.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    private sealed class ToolForm(string name, string description, ReadOnlySpan<byte> schema)
    {
        public string Name => name;

        public string Description => description;

        public ReadOnlyMemory<byte> Schema { get; } = schema.ToArray();
    }
}
