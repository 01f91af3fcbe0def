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

    /// <summary>The tools by the names that <paramref name="take"/> gives them; null from it leaves one out.</summary>
    public static IEnumerable<ITool> Of(McpConnection server, Func<string, string?> take)
    {
        var state = server.State;
        foreach (var tool in state.Tools)
        {
            if (take(tool.Name) is { } name)
                yield return Own(server, tool, name);
        }

        if (state.Counts.Resources is not null)
        {
            if (take(_listResources.Name) is { } list)
                yield return Added(server, _listResources, list, static async (client, arguments, _, cancel) => new(await client.ListResources(Text(arguments, "cursor"), cancel), false));
            if (take(_readResource.Name) is { } read)
                yield return Added(server, _readResource, read, static async (client, arguments, errand, cancel) => new(await client.ReadResource(Text(arguments, "uri")!, errand, cancel), false));
        }

        if (state.Counts.Prompts is not null && take(_getPrompt.Name) is { } get)
            yield return Added(server, _getPrompt, get, Prompt);
    }

    private static McpTool Own(McpConnection server, McpToolInfo tool, string name)
    {
        var remote = tool.Name;
        return new McpTool(server, name, tool.Description, tool.Schema, (client, arguments, errand, cancel) => client.CallTool(remote, arguments, errand, cancel));
    }

    private static McpTool Added(McpConnection server, ToolForm form, string name, McpCalling calling) => new(server, name, form.Description, form.Schema, calling);

    private static async Task<McpToolAnswer> Prompt(McpClient client, JsonElement arguments, McpErrand errand, CancellationToken cancel)
    {
        if (Text(arguments, "name") is not { } name)
            return new(await client.ListPrompts(Text(arguments, "cursor"), cancel), false);
        return new(await client.GetPrompt(name, arguments.TryGetProperty("arguments", out var given) ? given : default, errand, cancel), false);
    }

    private static string? Text(JsonElement arguments, string name) =>
        arguments.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    private sealed class ToolForm(string name, string description, ReadOnlySpan<byte> schema)
    {
        public string Name => name;

        public string Description => description;

        public ReadOnlyMemory<byte> Schema { get; } = schema.ToArray();
    }
}
