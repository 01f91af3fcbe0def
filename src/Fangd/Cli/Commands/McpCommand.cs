using Fangd.Cli.Mcp;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

/// <summary>The daemon's MCP server over standard input and output.</summary>
internal sealed class McpCommand : Command
{
    public override string Name => "mcp";
    public override string Summary => "Serve fangd's tools and agents to an MCP client over stdio";
    public override CommandGroup Group => CommandGroup.Agents;

    public override string Details => """
        For MCP clients that start their servers as programs: name this command in their configuration.
        It speaks for the running daemon, with the key of its configuration. Clients that speak HTTP
        take the address http://127.0.0.1:4545/mcp instead.
        """;

    public override IReadOnlyList<string> Examples => ["""{"mcpServers": {"fangd": {"command": "fangd", "args": ["mcp"]}}}"""];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        using var bridge = new McpBridge(context.Client, context.Host.In(), context.Output.Line);
        await bridge.Run(aborted);
        return ExitCode.Ok;
    }
}
