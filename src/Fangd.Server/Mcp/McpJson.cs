using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fangd.Server.Mcp;

public sealed record McpToolView(string Name, string Description);

/// <summary>A server with what it offers; <see cref="TemplateId"/> is null for one that was not made from the catalog.</summary>
public sealed record McpServerView
{
    public required string Name { get; init; }
    public required string Transport { get; init; }
    public string? Command { get; init; }
    public IReadOnlyList<string>? Args { get; init; }
    public string? Url { get; init; }

    public required bool Connected { get; init; }

    /// <summary>As in <see cref="McpHealthView.Status"/>.</summary>
    public required string Status { get; init; }

    /// <summary>Why it is not connected.</summary>
    public string? LastError { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string? TemplateId { get; init; }

    public required IReadOnlyList<McpToolView> Tools { get; init; }
}

public sealed record McpServerList(IReadOnlyList<McpServerView> Servers, int Total);

public sealed record McpServerDone(string Status, string Name);

public sealed record McpReconnected(string Id, string Status, int ToolCount);

public sealed record McpReloaded(string Status, int NewConnections);

public sealed record McpHealthView
{
    public required string Id { get; init; }

    /// <summary><c>Ready</c>, <c>Setup</c> when a credential is missing, <c>NeedsAuthorization</c>, <c>Error</c>, or <c>Connecting</c>.</summary>
    public required string Status { get; init; }

    public required int ToolCount { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required DateTimeOffset? LastOk { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string? LastError { get; init; }

    public required int ConsecutiveFailures { get; init; }
    public required bool Reconnecting { get; init; }
}

public sealed record McpHealthList(IReadOnlyList<McpHealthView> Health, int Count);

public sealed record McpVariableView(string Name, string Label, bool IsSecret, string? GetUrl);

public sealed record McpTemplateView
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string Description { get; init; }
    public required string Icon { get; init; }
    public required string Category { get; init; }
    public required bool Installed { get; init; }
    public required IReadOnlyList<string> Tags { get; init; }
    public required IReadOnlyList<McpVariableView> RequiredEnv { get; init; }
    public required bool HasOauth { get; init; }
    public required string SetupInstructions { get; init; }
}

public sealed record McpCatalogList(IReadOnlyList<McpTemplateView> Entries, int Count);

public sealed record IntegrationCatalogList(IReadOnlyList<McpTemplateView> Integrations, int Count);

public sealed record IntegrationView(string Id, string Name, string Icon, string Category, string Status, int ToolCount, DateTimeOffset InstalledAt);

public sealed record IntegrationList(IReadOnlyList<IntegrationView> Installed, int Count);

public sealed record IntegrationRequest(string? Id, IReadOnlyDictionary<string, string>? Credentials);

public sealed record IntegrationAdded(string Id, string Status, bool Connected, string Message);

public sealed record IntegrationRemoved(string Id, string Status);

public sealed record AgentMcpServers(IReadOnlyList<string> Assigned, IReadOnlyList<string> Available, string Mode);

public sealed record AgentMcpServersRequest(IReadOnlyList<string>? McpServers);

public sealed record McpServersAssigned(string Status, IReadOnlyList<string> McpServers);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(McpServerView))]
[JsonSerializable(typeof(McpServerList))]
[JsonSerializable(typeof(McpServerDone))]
[JsonSerializable(typeof(McpReconnected))]
[JsonSerializable(typeof(McpReloaded))]
[JsonSerializable(typeof(McpHealthList))]
[JsonSerializable(typeof(McpTemplateView))]
[JsonSerializable(typeof(McpCatalogList))]
[JsonSerializable(typeof(IntegrationCatalogList))]
[JsonSerializable(typeof(IntegrationList))]
[JsonSerializable(typeof(IntegrationAdded))]
[JsonSerializable(typeof(IntegrationRemoved))]
[JsonSerializable(typeof(AgentMcpServers))]
[JsonSerializable(typeof(McpServersAssigned))]
[JsonSerializable(typeof(IntegrationRequest), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(AgentMcpServersRequest), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(McpServerSettings), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(JsonElement), GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class McpJson : JsonSerializerContext;
