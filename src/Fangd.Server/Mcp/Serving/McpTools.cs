using System.Text.Json;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Mcp.Serving;
using Fangd.Server.Agents;
using Fangd.Server.Http;
using Fangd.Server.Runs;
using Fangd.Server.Sessions;

namespace Fangd.Server.Mcp.Serving;

/// <summary>fangd's tools for MCP clients, and one tool for each agent, by which it is asked.</summary>
internal sealed class McpTools(McpCaller caller, AgentRegistry registry, SessionStore sessions, RunQueue runs, Func<string> newId)
{
    private const string AgentPrefix = "fangd_agent_";
    private const int PageSize = 500;

    private static readonly byte[] _message = """{"type":"object","properties":{"message":{"type":"string","description":"What you want to know or have done"}},"required":["message"]}"""u8.ToArray();

    public ValueTask List(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        var tools = caller.Look().Offered;
        var agents = registry.All;
        var total = tools.Count + agents.Length;
        var from = Cursor(request, total);
        result.WriteStartArray("tools");
        for (var i = from; i < Math.Min(from + PageSize, total); i++)
        {
            if (i < tools.Count)
                Write(result, tools[i].Name, tools[i].Description, tools[i].Schema.Span);
            else if (agents[i - tools.Count] is var agent)
                Write(result, NameOf(agent), $"Asks the agent {agent.Name}{(agent.Summary.Description.Length > 0 ? ": " + agent.Summary.Description : "")}", _message);
        }

        result.WriteEndArray();
        if (from + PageSize < total)
            result.WriteString("nextCursor", $"{from + PageSize}");
        return ValueTask.CompletedTask;
    }

    public async ValueTask Call(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        var name = request.DemandText("name");
        var arguments = request.Object("arguments");
        if (AgentOf(name) is { } agent)
        {
            await Ask(agent, arguments, result, cancel);
            return;
        }

        var call = $"mcp-{newId()}";
        var tools = await caller.Open(call);
        if (!tools.IsKnown(name))
            throw McpFault.Params($"Unknown tool: {name}");
        var outcome = await tools.Run(new LlmToolCall(call, name, arguments.GetRawText()), cancel);
        Say(result, outcome.Text, outcome.IsError);
    }

    /// <summary>Each client has a conversation with each agent that goes on from call to call only if it names it.</summary>
    private async Task Ask(Agent agent, JsonElement arguments, Utf8JsonWriter result, CancellationToken cancel)
    {
        if (!arguments.TryGetProperty("message", out var message) || message.ValueKind != JsonValueKind.String || string.IsNullOrWhiteSpace(message.GetString()))
        {
            Say(result, "The argument \"message\" is missing; expected a string.", isError: true);
            return;
        }

        try
        {
            var run = runs.Start(new RunRequest
            {
                Agent = agent,
                Session = await sessions.OfOrigin(agent.Id, "mcp"),
                Messages = [LlmMessage.User(message.GetString()!)],
                Origin = "mcp",
            });
            await using var leaving = cancel.UnsafeRegister(static run => ((Run)run!).Cancel(), run);
            var answer = await run.Done;
            Say(result, answer.IsSilent ? "(no answer)" : answer.Text, isError: false);
        }
        catch (TurnException failed)
        {
            cancel.ThrowIfCancellationRequested();
            Say(result, failed.Message, isError: true);
        }
        catch (ApiException full)
        {
            Say(result, full.Message, isError: true);
        }
    }

    private Agent? AgentOf(string tool)
    {
        foreach (var prefix in new[] { AgentPrefix, "librefang_agent_", "openfang_agent_" })
        {
            if (!tool.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            foreach (var agent in registry.All)
            {
                if (NameOf(agent).AsSpan(AgentPrefix.Length).SequenceEqual(tool.AsSpan(prefix.Length)))
                    return agent;
            }
        }

        return null;
    }

    /// <summary>A name that every client takes; two agents whose names differ only in what is replaced are told apart by their ids.</summary>
    private string NameOf(Agent agent)
    {
        var plain = Plain(agent.Name);
        var isShared = plain != agent.Name && registry.All.Any(other => other.Id != agent.Id && Plain(other.Name) == plain);
        return $"{AgentPrefix}{plain}{(isShared ? "_" + agent.Id[^6..] : "")}";
    }

    private static string Plain(string name) =>
        string.Concat(name.Take(100).Select(symbol => char.IsAsciiLetterOrDigit(symbol) || symbol is '_' ? symbol : '_'));

    private static int Cursor(McpRequest request, int total) => request.Text("cursor") is not { } cursor ? 0
        : int.TryParse(cursor, out var from) && from >= 0 && from <= total ? from
        : throw McpFault.Params("cursor is not one that this server gave");

    private static void Write(Utf8JsonWriter result, string name, string description, ReadOnlySpan<byte> schema)
    {
        result.WriteStartObject();
        result.WriteString("name", name);
        result.WriteString("description", description);
        result.WritePropertyName("inputSchema");
        result.WriteRawValue(schema);
        result.WriteEndObject();
    }

    private static void Say(Utf8JsonWriter result, string text, bool isError)
    {
        result.WriteStartArray("content");
        result.WriteStartObject();
        result.WriteString("type", "text");
        result.WriteString("text", text);
        result.WriteEndObject();
        result.WriteEndArray();
        if (isError)
            result.WriteBoolean("isError", true);
    }
}
