using System.Buffers;
using System.Text.Json;
using Fangd.Server.Agents;
using Fangd.Server.Http;

namespace Fangd.Server.A2a.Serving;

/// <summary>
/// Writes the agent card: one for clients of 1.0, which go by <c>supportedInterfaces</c>, and of 0.3, which go by <c>url</c>. Each agent is a skill.
/// </summary>
internal sealed class CardWriter(CardText text, AgentRegistry registry, bool isKeySet)
{
    /// <summary>The card of the daemon.</summary>
    public ReadOnlyMemory<byte> Card(string baseUrl)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using var json = new Utf8JsonWriter(buffer, JsonShape.WriterOptions);
        Write(json, baseUrl, null);
        json.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>The card of the daemon, or of one agent: then its interfaces carry the tenant that leads to it.</summary>
    public void Write(Utf8JsonWriter json, string baseUrl, Agent? agent)
    {
        json.WriteStartObject();
        json.WriteString("name", agent?.Name ?? text.Name);
        json.WriteString("description", agent is null ? text.Description : Described(agent));
        json.WriteString("url", $"{baseUrl}/a2a");
        json.WriteString("version", text.Version);
        json.WriteString("protocolVersion", "0.3.0");
        json.WriteString("preferredTransport", "JSONRPC");
        WriteInterfaces(json, baseUrl, agent?.Name);
        json.WriteStartObject("capabilities");
        json.WriteBoolean("streaming", true);
        json.WriteBoolean("pushNotifications", true);
        json.WriteBoolean("stateTransitionHistory", false);
        json.WriteBoolean("extendedAgentCard", true);
        json.WriteEndObject();
        json.WriteBoolean("supportsAuthenticatedExtendedCard", true);
        if (isKeySet)
            WriteSecurity(json);
        Words(json, "defaultInputModes", "text/plain", "application/json", "image/png", "image/jpeg", "image/gif", "image/webp");
        Words(json, "defaultOutputModes", "text/plain");
        json.WriteStartArray("skills");
        if (agent is not null)
        {
            WriteSkill(json, agent);
        }
        else
        {
            foreach (var one in registry.All)
                WriteSkill(json, one);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteInterfaces(Utf8JsonWriter json, string baseUrl, string? tenant)
    {
        json.WriteStartArray("supportedInterfaces");
        Interface(json, $"{baseUrl}/a2a", "JSONRPC", "1.0", tenant);
        Interface(json, $"{baseUrl}/a2a/rest", "HTTP+JSON", "1.0", tenant);
        // 0.3 has no tenants.
        if (tenant is null)
            Interface(json, $"{baseUrl}/a2a", "JSONRPC", "0.3", null);
        json.WriteEndArray();
        json.WriteStartArray("additionalInterfaces");
        json.WriteStartObject();
        json.WriteString("url", $"{baseUrl}/a2a");
        json.WriteString("transport", "JSONRPC");
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void Interface(Utf8JsonWriter json, string url, string binding, string version, string? tenant)
    {
        json.WriteStartObject();
        json.WriteString("url", url);
        json.WriteString("protocolBinding", binding);
        json.WriteString("protocolVersion", version);
        if (tenant is not null)
            json.WriteString("tenant", tenant);
        json.WriteEndObject();
    }

    /// <summary>Both versions' words for the same: a Bearer key.</summary>
    private static void WriteSecurity(Utf8JsonWriter json)
    {
        json.WriteStartObject("securitySchemes");
        json.WriteStartObject("apiKey");
        json.WriteString("type", "http");
        json.WriteString("scheme", "bearer");
        json.WriteStartObject("httpAuthSecurityScheme");
        json.WriteString("scheme", "Bearer");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartArray("security");
        json.WriteStartObject();
        Words(json, "apiKey");
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartArray("securityRequirements");
        json.WriteStartObject();
        json.WriteStartObject("schemes");
        json.WriteStartObject("apiKey");
        Words(json, "list");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteSkill(Utf8JsonWriter json, Agent agent)
    {
        json.WriteStartObject();
        json.WriteString("id", agent.Name);
        json.WriteString("name", agent.Name);
        json.WriteString("description", Described(agent));
        Words(json, "tags", "agent");
        json.WriteEndObject();
    }

    private static string Described(Agent agent) => agent.Summary.Description is { Length: > 0 } said ? said : $"The agent {agent.Name}";

    private static void Words(Utf8JsonWriter json, string name, params ReadOnlySpan<string> words)
    {
        json.WriteStartArray(name);
        foreach (var word in words)
            json.WriteStringValue(word);
        json.WriteEndArray();
    }
}

/// <summary>What the card says of the daemon.</summary>
internal sealed record CardText(string Name, string Description, string Version);
