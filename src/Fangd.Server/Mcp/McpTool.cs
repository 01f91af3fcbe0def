using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fangd.Engine.Agents;
using Fangd.Engine.Tools;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Mcp.Client;

namespace Fangd.Server.Mcp;

/// <summary>What a tool does with the client of its server.</summary>
internal delegate Task<McpToolAnswer> McpCalling(McpClient client, JsonElement arguments, McpErrand errand, CancellationToken cancel);

/// <summary>
/// A tool of a server, as agents have it: <c>mcp_{server}_{tool}</c>. A call ends when the server has been silent for its timeout; one that tells of
/// progress may take <see cref="LongerWithProgress"/> times as long.
/// </summary>
internal sealed class McpTool : IAssignedTool
{
    private const int LongestName = 64;
    private const int LongerWithProgress = 10;
    private const int LongestNews = 200;

    /// <summary>Readers of a run hear of progress no more often.</summary>
    private static readonly TimeSpan _betweenNews = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan _longest = TimeSpan.FromHours(1);

    private readonly McpConnection _server;
    private readonly McpCalling _calling;
    private readonly TimeSpan _silence;

    public McpTool(McpConnection server, string name, string description, ReadOnlyMemory<byte> schema, McpCalling calling)
    {
        (_server, _calling, _silence) = (server, calling, TimeSpan.FromSeconds(server.Settings.TimeoutSecs));
        var most = _silence * LongerWithProgress;
        // What a server does nobody here knows: it counts as able to do harm, and secrets do not go to it.
        Spec = new ToolSpec(name, description, schema, ToolRisk.High)
        {
            Refuses = TaintLabels.Secret,
            Timeout = most < _longest ? most : _longest,
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
        using var patience = new McpPatience(_silence, _server.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(run, patience.Lost);
        try
        {
            var answer = await _server.Call(_calling, arguments, Errand(scope, patience), either.Token);
            allowance?.Count(answer.Length);
            var text = answer.Text.Length > 0 ? answer.Text : "(no content)";
            return (answer.IsError ? ToolOutcome.Error(text) : ToolOutcome.Ok(text)) with { Labels = TaintLabels.ExternalNetwork };
        }
        catch (McpException failed)
        {
            return ToolOutcome.Error($"MCP server {_server.Settings.Name}: {failed.Message}") with { Labels = TaintLabels.ExternalNetwork };
        }
        catch (OperationCanceledException) when (patience.Lost.IsCancellationRequested && !run.IsCancellationRequested)
        {
            return ToolOutcome.Error($"MCP server {_server.Settings.Name} did not answer within {_silence.TotalSeconds} s and told of no progress; do not make a result up.");
        }
    }

    private McpErrand Errand(ToolScope scope, McpPatience patience)
    {
        var sample = _server.Sampling?.For(scope);
        DateTimeOffset? last = null;
        return new McpErrand
        {
            Progressed = progress =>
            {
                patience.Renew();
                var now = _server.Time.GetUtcNow();
                if (scope.Sink is null || now - last < _betweenNews)
                    return;
                last = now;
                scope.Sink.Emit(new ToolProgressed(Spec.Name, Said(progress)));
            },
            Sample = sample is null ? null : async (parameters, cancel) =>
            {
                patience.Hold();
                try
                {
                    return await sample(parameters, cancel);
                }
                finally
                {
                    patience.Renew();
                }
            },
        };
    }

    private static string Said(McpProgress progress)
    {
        var amount = progress.Total is { } total
            ? string.Create(CultureInfo.InvariantCulture, $"{progress.Done:0.##} of {total:0.##}")
            : progress.Done.ToString("0.##", CultureInfo.InvariantCulture);
        return progress.Message is not { Length: > 0 } message ? amount : $"{amount}: {(message.Length > LongestNews ? message[..LongestNews] : message)}";
    }
}
