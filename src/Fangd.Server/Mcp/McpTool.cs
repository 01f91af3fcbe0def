using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fangd.Engine.Agents;
using Fangd.Engine.Tools;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Mcp.Client;

namespace Fangd.Server.Mcp;

/// <summary>A tool of a server, as agents have it: <c>mcp_{server}_{tool}</c>.</summary>
internal sealed class McpTool : IAssignedTool
{
    private const int LongestName = 64;

    private readonly McpConnection _server;
    private readonly string _remoteName;

    public McpTool(McpConnection server, McpToolInfo tool, string name)
    {
        (_server, _remoteName) = (server, tool.Name);
        // What a server does nobody here knows: it counts as able to do harm, and secrets do not go to it.
        Spec = new ToolSpec(name, tool.Description, tool.Schema, ToolRisk.High)
        {
            Refuses = TaintLabels.Secret,
            Timeout = TimeSpan.FromSeconds(server.Settings.TimeoutSecs),
        };
    }

    public ToolSpec Spec { get; }

    public McpConnection Server => _server;

    /// <summary>
    /// The name that models and users know a tool by: lower case, with an underscore for all that is no letter, digit or underscore. One that is
    /// too long or taken gets a piece of the hash of its true name at its end.
    /// </summary>
    public static string NameFor(string server, string tool, Func<string, bool> isTaken)
    {
        var name = string.Create(5 + server.Length + tool.Length, (server, tool), static (span, of) =>
        {
            $"mcp_{of.server}_{of.tool}".CopyTo(span);
            foreach (ref var symbol in span)
                symbol = char.IsAsciiLetterOrDigit(symbol) ? char.ToLowerInvariant(symbol) : '_';
        });
        if (name.Length <= LongestName && !isTaken(name))
            return name;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{server}\n{tool}")).AsSpan(0, 4));
        return $"{name[..Math.Min(name.Length, LongestName - 9)]}_{hash}";
    }

    /// <summary>An agent that names servers has the tools of these, and no others'.</summary>
    public bool? IsAssignedTo(AgentManifest agent) => agent.McpServers.Count == 0 ? null : agent.McpServers.Contains(_server.Settings.Name);

    public async ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var allowance = _server.Allowance(scope);
        if (allowance?.Refusal() is { } spent)
            return ToolOutcome.Error(spent);
        try
        {
            var answer = await _server.Call(_remoteName, arguments, run);
            allowance?.Count(answer.Length);
            var text = answer.Text.Length > 0 ? answer.Text : "(no content)";
            return (answer.IsError ? ToolOutcome.Error(text) : ToolOutcome.Ok(text)) with { Labels = TaintLabels.ExternalNetwork };
        }
        catch (McpException failed)
        {
            return ToolOutcome.Error($"MCP server {_server.Settings.Name}: {failed.Message}") with { Labels = TaintLabels.ExternalNetwork };
        }
    }
}
