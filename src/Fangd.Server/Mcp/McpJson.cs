using System.Text.Json.Serialization;
using Fangd.Server.Http;

namespace Fangd.Server.Mcp;

public sealed partial record McpToolView(string Name, string Description) : IAnswer;

/// <summary>A server with what it offers; <see cref="TemplateId"/> is null for one that was not made from the catalog.</summary>
public sealed partial record McpServerView : IAnswer
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

    /// <summary>How many resources the server lists; null for one that has none to list, as for prompts.</summary>
    public int? ResourceCount { get; init; }

    public int? PromptCount { get; init; }
}

public sealed partial record McpServerList(IReadOnlyList<McpServerView> Servers, int Total) : IAnswer;

public sealed partial record McpServerDone(string Status, string Name) : IAnswer;

public sealed partial record McpReconnected(string Id, string Status, int ToolCount) : IAnswer;

public sealed partial record McpReloaded(string Status, int NewConnections) : IAnswer;

public sealed partial record McpHealthView : IAnswer
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

public sealed partial record McpHealthList(IReadOnlyList<McpHealthView> Health, int Count) : IAnswer;

public sealed partial record McpVariableView(string Name, string Label, bool IsSecret, string? GetUrl) : IAnswer;

public sealed partial record McpTemplateView : IAnswer
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

public sealed partial record McpCatalogList(IReadOnlyList<McpTemplateView> Entries, int Count) : IAnswer;

public sealed partial record IntegrationCatalogList(IReadOnlyList<McpTemplateView> Integrations, int Count) : IAnswer;

public sealed partial record IntegrationView(string Id, string Name, string Icon, string Category, string Status, int ToolCount, DateTimeOffset InstalledAt) : IAnswer;

public sealed partial record IntegrationList(IReadOnlyList<IntegrationView> Installed, int Count) : IAnswer;

public sealed partial record IntegrationRequest(string? Id, IReadOnlyDictionary<string, string>? Credentials) : IRequest<IntegrationRequest>;

public sealed partial record IntegrationAdded(string Id, string Status, bool Connected, string Message) : IAnswer;

public sealed partial record IntegrationRemoved(string Id, string Status) : IAnswer;

public sealed partial record AgentMcpServers(IReadOnlyList<string> Assigned, IReadOnlyList<string> Available, string Mode) : IAnswer;

public sealed partial record AgentMcpServersRequest(IReadOnlyList<string>? McpServers) : IRequest<AgentMcpServersRequest>;

public sealed partial record McpServersAssigned(string Status, IReadOnlyList<string> McpServers) : IAnswer;
