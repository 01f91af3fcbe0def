using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fangd.Server.Agents;

/// <summary>One element of <c>GET /api/agents</c>.</summary>
public sealed record AgentItem(
    string Id,
    string Name,
    string State,
    string Mode,
    string? Profile,
    DateTimeOffset CreatedAt,
    string ModelProvider,
    string ModelName,
    string Description);

public sealed record SpawnedAgent(string AgentId, [property: JsonPropertyName("agentId")] string AgentIdCamel, string Id, string Name, IReadOnlyList<string>? Warnings);

public sealed record ClonedAgent(string AgentId, string Name);

public sealed record CloneRequest(string? NewName, JsonElement? Overrides);

public sealed record AgentChanged(string Status, string AgentId, string? Name);

public sealed record AgentKilled(string Status, string AgentId);

/// <summary>In a request, a list that is absent stays as it is.</summary>
public sealed record ToolLists(IReadOnlyList<string>? ToolAllowlist, IReadOnlyList<string>? ToolBlocklist);

public sealed record ModeRequest(string? Mode);

public sealed record ModeChanged(string Status, string Mode, string AgentId);

public sealed record ModelRequest(string? Model, string? Provider);

public sealed record ModelChanged(string Status, string Model, string Provider);

public sealed record RunsStopped(string Status, string Message);

/// <summary>Body of <c>GET /api/agents/{id}</c>.</summary>
public sealed record AgentDetail
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

public sealed record AgentModelDetail(string Provider, string Model, int MaxTokens, double Temperature, string SystemPrompt);

public sealed record AgentCapabilitiesDetail(
    IReadOnlyList<string> Tools,
    IReadOnlyList<string> Network,
    IReadOnlyList<string> Shell,
    IReadOnlyList<string> MemoryRead,
    IReadOnlyList<string> MemoryWrite,
    IReadOnlyList<string> AgentMessage,
    bool AgentSpawn);

public sealed record AgentIdentityDetail(string? Emoji, string? AvatarUrl, string? Color, string? Archetype, string? Vibe, string? GreetingStyle);

/// <summary>Body of <c>POST /api/agents/{id}/message</c> and its stream.</summary>
public sealed record MessageRequest
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

public sealed record MessageAnswer(
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
    string? BudgetWarning);

public sealed record MessageUsage(int Input, int Output, int Total, int InputTokens, int OutputTokens);

public sealed record StreamChunk(string Content, bool Done);

public sealed record StreamText(string Content);

public sealed record StreamTool(string Tool);

/// <summary>A call waits for a person; <c>POST /api/approvals/{approval_id}/approve</c> lets it run.</summary>
public sealed record StreamApproval(string ApprovalId, string Tool, string Description, string RiskLevel, int TimeoutSecs);

public sealed record StreamApprovalDecided(string ApprovalId, string Tool, bool Approved);

public sealed record StreamToolResult(string Tool, JsonElement Input, string Result, bool IsError);

public sealed record StreamUsage(int InputTokens, int OutputTokens);

public sealed record StreamDone(bool Done, StreamUsage Usage, string SessionId, int Iterations, double CostUsd, string Model, bool? Silent, string? BudgetWarning);

public sealed record StreamError(string Error, string Code, int? RetryAfter);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(AgentItem))]
[JsonSerializable(typeof(SpawnedAgent))]
[JsonSerializable(typeof(CloneRequest), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ClonedAgent))]
[JsonSerializable(typeof(AgentChanged))]
[JsonSerializable(typeof(AgentKilled))]
[JsonSerializable(typeof(ToolLists), GenerationMode = JsonSourceGenerationMode.Metadata | JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(ModeRequest), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ModeChanged))]
[JsonSerializable(typeof(ModelRequest), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ModelChanged))]
[JsonSerializable(typeof(RunsStopped))]
[JsonSerializable(typeof(AgentDetail))]
[JsonSerializable(typeof(MessageRequest), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(MessageAnswer))]
[JsonSerializable(typeof(StreamChunk))]
[JsonSerializable(typeof(StreamText))]
[JsonSerializable(typeof(StreamTool))]
[JsonSerializable(typeof(StreamToolResult))]
[JsonSerializable(typeof(StreamApproval))]
[JsonSerializable(typeof(StreamApprovalDecided))]
[JsonSerializable(typeof(StreamDone))]
[JsonSerializable(typeof(StreamError))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class AgentJson : JsonSerializerContext;
