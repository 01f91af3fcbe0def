using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fangd.Server.Sessions;

/// <summary>Body of <c>GET /api/agents/{id}/session</c>.</summary>
public sealed record SessionView(
    string SessionId,
    string AgentId,
    string? Label,
    int MessageCount,
    long ContextWindowTokens,
    bool Running,
    string? Summary,
    IReadOnlyList<MessageView> Messages);

/// <summary>One message as people read it; the results of its tool calls stand with the calls.</summary>
public sealed record MessageView(string Role, string Content, DateTimeOffset Timestamp, IReadOnlyList<ToolView>? Tools);

public sealed record ToolView(string Id, string Name, JsonElement Input, string? Result, bool IsError);

public sealed record SessionItem(
    string Id,
    string SessionId,
    string AgentId,
    string AgentName,
    int MessageCount,
    DateTimeOffset CreatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Label,
    bool Active);

public sealed record SessionList(IReadOnlyList<SessionItem> Sessions, long Total);

/// <summary>An absent label is not the same as null, which clears it.</summary>
public sealed record LabelRequest(JsonElement Label);

public sealed record SessionCreated(string SessionId, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Label);

public sealed record SessionSwitched(string Status, string SessionId, string Message);

public sealed record SessionFound(string SessionId, string AgentId, string? Label, int MessageCount);

public sealed record SessionReset(string Status, string AgentId, string NewSessionId);

public sealed record SessionCompacted(string Status, string Message);

public sealed record HistoryCleared(string Status, string AgentId, string SessionId);

public sealed record SessionDeleted(string Status, string SessionId);

public sealed record SessionLabelled(string Status, string SessionId, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Label);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(SessionView))]
[JsonSerializable(typeof(SessionList))]
[JsonSerializable(typeof(LabelRequest), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(SessionCreated))]
[JsonSerializable(typeof(SessionSwitched))]
[JsonSerializable(typeof(SessionFound))]
[JsonSerializable(typeof(SessionReset))]
[JsonSerializable(typeof(SessionCompacted))]
[JsonSerializable(typeof(HistoryCleared))]
[JsonSerializable(typeof(SessionDeleted))]
[JsonSerializable(typeof(SessionLabelled))]
internal sealed partial class SessionJson : JsonSerializerContext;
