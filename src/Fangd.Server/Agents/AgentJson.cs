using System.Text.Json;
using System.Text.Json.Serialization;
using Fangd.Server.Http;

namespace Fangd.Server.Agents;

/// <summary>One element of <c>GET /api/agents</c>.</summary>
public sealed partial record AgentItem(
    string Id,
    string Name,
    string State,
    string Mode,
    string? Profile,
    DateTimeOffset CreatedAt,
    string ModelProvider,
    string ModelName,
    string Description) : IAnswer;

public sealed partial record SpawnedAgent(string AgentId, [property: JsonPropertyName("agentId")] string AgentIdCamel, string Id, string Name, IReadOnlyList<string>? Warnings) : IAnswer;

public sealed partial record ClonedAgent(string AgentId, string Name) : IAnswer;

public sealed partial record CloneRequest(string? NewName, JsonElement? Overrides) : IRequest<CloneRequest>;

public sealed partial record AgentChanged(string Status, string AgentId, string? Name) : IAnswer;

public sealed partial record AgentKilled(string Status, string AgentId) : IAnswer;

/// <summary>In a request, a list that is absent stays as it is.</summary>
public sealed partial record ToolLists(IReadOnlyList<string>? ToolAllowlist, IReadOnlyList<string>? ToolBlocklist) : IAnswer, IRequest<ToolLists>;

public sealed partial record ModeRequest(string? Mode) : IRequest<ModeRequest>;

public sealed partial record ModeChanged(string Status, string Mode, string AgentId) : IAnswer;

public sealed partial record ModelRequest(string? Model, string? Provider) : IRequest<ModelRequest>;

public sealed partial record ModelChanged(string Status, string Model, string Provider) : IAnswer;

public sealed partial record RunsStopped(string Status, string Message) : IAnswer;

/// <summary>Body of <c>GET /api/agents/{id}</c>.</summary>
public sealed partial record AgentDetail : IAnswer
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string State { get; init; }
    public required string Mode { get; init; }
    public required string? Profile { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
    public required string SessionId { get; init; }
    public required string? ParentId { get; init; }
    public required string Version { get; init; }
    public required string Author { get; init; }
    public required string Module { get; init; }
    public required string Description { get; init; }
    public required AgentModelDetail Model { get; init; }
    public required AgentCapabilitiesDetail Capabilities { get; init; }
    public required AgentIdentityDetail Identity { get; init; }
    public required IReadOnlyList<string> Tags { get; init; }
    public required IReadOnlyList<string> Skills { get; init; }
    public required IReadOnlyList<string> McpServers { get; init; }

    /// <summary>The tools that are offered to the model right now.</summary>
    public required IReadOnlyList<string> OfferedTools { get; init; }

    /// <summary>The manifest in force, as text.</summary>
    public required string ManifestToml { get; init; }
}

public sealed partial record AgentModelDetail(string Provider, string Model, int MaxTokens, double Temperature, string SystemPrompt) : IAnswer;

public sealed partial record AgentCapabilitiesDetail(
    IReadOnlyList<string> Tools,
    IReadOnlyList<string> Network,
    IReadOnlyList<string> Shell,
    IReadOnlyList<string> MemoryRead,
    IReadOnlyList<string> MemoryWrite,
    IReadOnlyList<string> AgentMessage,
    bool AgentSpawn) : IAnswer;

public sealed partial record AgentIdentityDetail(string? Emoji, string? AvatarUrl, string? Color, string? Archetype, string? Vibe, string? GreetingStyle) : IAnswer;

/// <summary>Body of <c>POST /api/agents/{id}/message</c> and its stream.</summary>
public sealed partial record MessageRequest : IRequest<MessageRequest>
{
    public string? Message { get; init; }
    public string? SessionId { get; init; }

    [JsonPropertyName("sessionId")]
    public string? SessionIdCamel { get; init; }

    public JsonElement? Attachments { get; init; }

    /// <summary>Who wrote it, as whoever brings it for them knows them.</summary>
    public string? SenderId { get; init; }

    public string? ChannelType { get; init; }
}

public sealed partial record MessageAnswer(
    string Response,
    string Content,
    int InputTokens,
    int OutputTokens,
    int Iterations,
    double CostUsd,
    string Model,
    string SessionId,
    MessageUsage Usage,
    bool? Silent,
    string? BudgetWarning) : IAnswer;

public sealed partial record MessageUsage(int Input, int Output, int Total, int InputTokens, int OutputTokens) : IAnswer;

public sealed partial record StreamChunk(string Content, bool Done) : IAnswer;

public sealed partial record StreamText(string Content) : IAnswer;

/// <summary>A tool that is called; with a phase and detail what it says of its progress.</summary>
public sealed partial record StreamTool(string Tool) : IAnswer
{
    public string? Phase { get; init; }
    public string? Detail { get; init; }
}

/// <summary>A call waits for a person; <c>POST /api/approvals/{approval_id}/approve</c> lets it run.</summary>
public sealed partial record StreamApproval(string ApprovalId, string Tool, string Description, string RiskLevel, int TimeoutSecs) : IAnswer;

public sealed partial record StreamApprovalDecided(string ApprovalId, string Tool, bool Approved) : IAnswer;

public sealed partial record StreamToolResult(string Tool, JsonElement Input, string Result, bool IsError) : IAnswer;

public sealed partial record StreamUsage(int InputTokens, int OutputTokens) : IAnswer;

public sealed partial record StreamDone(bool Done, StreamUsage Usage, string SessionId, int Iterations, double CostUsd, string Model, bool? Silent, string? BudgetWarning) : IAnswer;

public sealed partial record StreamError(string Error, string Code, int? RetryAfter) : IAnswer;
