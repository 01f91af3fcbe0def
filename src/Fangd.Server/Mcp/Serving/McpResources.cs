using System.Text;
using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Mcp.Serving;
using Fangd.Server.Agents;
using Fangd.Server.Memory;
using Fangd.Server.Sessions;

namespace Fangd.Server.Mcp.Serving;

/// <summary>
/// Resources for MCP clients: the active conversation and the key-value memory of each agent, and by template any of its sessions.
/// </summary>
internal sealed class McpResources(AgentRegistry registry, SessionStore sessions, KeyValueStore memory)
{
    private const int PageSize = 200;
    private const int MostMessages = 500;
    private const int MostPairs = 1000;

    public ValueTask List(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        var agents = registry.All;
        var from = request.Text("cursor") is not { } cursor ? 0
            : int.TryParse(cursor, out var given) && given >= 0 && given <= agents.Length ? given
            : throw McpFault.Params("cursor is not one that this server gave");
        result.WriteStartArray("resources");
        foreach (var agent in agents.AsSpan()[from..Math.Min(from + PageSize, agents.Length)])
        {
            Write(result, "uri", $"fangd://agents/{agent.Id}/session", $"{agent.Name}: conversation", $"The active conversation of the agent {agent.Name}", "text/markdown");
            Write(result, "uri", $"fangd://agents/{agent.Id}/memory", $"{agent.Name}: memory", $"What the agent {agent.Name} remembers by keys", "application/json");
        }

        result.WriteEndArray();
        if (from + PageSize < agents.Length)
            result.WriteString("nextCursor", $"{from + PageSize}");
        return ValueTask.CompletedTask;
    }

    public static ValueTask Templates(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        result.WriteStartArray("resourceTemplates");
        Write(result, "uriTemplate", "fangd://agents/{agent}/sessions/{session}", "Session", "One conversation of an agent, both by id", "text/markdown");
        result.WriteEndArray();
        return ValueTask.CompletedTask;
    }

    public ValueTask Read(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        var uri = request.DemandText("uri");
        var (type, text) = Find(uri) ?? throw new McpFault(McpFault.InvalidParams, "Resource not found", json =>
        {
            json.WriteStartObject();
            json.WriteString("uri", uri);
            json.WriteEndObject();
        });
        result.WriteStartArray("contents");
        result.WriteStartObject();
        result.WriteString("uri", uri);
        result.WriteString("mimeType", type);
        result.WriteString("text", text);
        result.WriteEndObject();
        result.WriteEndArray();
        return ValueTask.CompletedTask;
    }

    private (string Type, string Text)? Find(string uri)
    {
        const string start = "fangd://agents/";
        if (!uri.StartsWith(start, StringComparison.Ordinal))
            return null;
        var parts = uri[start.Length..].Split('/');
        if (registry.Find(parts[0]) is not { } agent)
            return null;
        return parts[1..] switch
        {
            ["session"] => ("text/markdown", Transcript(agent.Session.Key)),
            ["memory"] => ("application/json", Pairs(agent.Id)),
            ["sessions", var id] when sessions.Find(id) is { } session && session.AgentId == agent.Id => ("text/markdown", Transcript(session.Key)),
            _ => null,
        };
    }

    private string Transcript(long session)
    {
        var text = new StringBuilder();
        if (sessions.Head(session) is { Summary: { } summary })
            text.Append("**Summary of what came before**: ").Append(summary).Append("\n\n");
        foreach (var stored in sessions.Tail(session, 1, MostMessages))
        {
            var message = stored.Message;
            foreach (var part in message.Parts)
            {
                var said = part switch
                {
                    LlmText spoken => $"**{message.Role}**: {spoken.Text}",
                    LlmToolCall call => $"**{message.Role}** calls {call.Name}: `{call.Arguments}`",
                    LlmToolResult answer => $"**{answer.Name}**: {answer.Text}",
                    _ => null,
                };
                if (said is not null)
                    text.Append(said).Append("\n\n");
            }
        }

        return text.ToString().TrimEnd();
    }

    private string Pairs(string agentId)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Http.JsonShape.WriterOptions))
        {
            json.WriteStartObject();
            foreach (var (key, value) in memory.Page(agentId, "", MostPairs))
            {
                json.WritePropertyName(key);
                json.WriteRawValue(value, skipInputValidation: true);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void Write(Utf8JsonWriter json, string key, string uri, string name, string description, string type)
    {
        json.WriteStartObject();
        json.WriteString(key, uri);
        json.WriteString("name", name);
        json.WriteString("description", description);
        json.WriteString("mimeType", type);
        json.WriteEndObject();
    }
}
