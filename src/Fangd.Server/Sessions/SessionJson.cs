using System.Text.Json;
using System.Text.Json.Serialization;
using Fangd.Server.Http;

namespace Fangd.Server.Sessions;

/// <summary>Body of <c>GET /api/agents/{id}/session</c>.</summary>
public sealed partial record SessionView(
    string SessionId,
    string AgentId,
    string? Label,
    int MessageCount,
    long ContextWindowTokens,
    bool Running,
    string? Summary,
    IReadOnlyList<MessageView> Messages) : IAnswer;

/// <summary>One message as people read it; the results of its tool calls stand with the calls.</summary>
public sealed partial record MessageView(string Role, string Content, DateTimeOffset Timestamp, IReadOnlyList<ToolView>? Tools) : IAnswer;

public sealed partial record ToolView(string Id, string Name, JsonElement Input, string? Result, bool IsError) : IAnswer;

public sealed partial record SessionItem(
    string Id,
    string SessionId,
    string AgentId,
    string AgentName,
    int MessageCount,
    DateTimeOffset CreatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Label,
    bool Active) : IAnswer;

public sealed partial record SessionList(IReadOnlyList<SessionItem> Sessions, long Total) : IAnswer;

/// <summary>An absent label is not the same as null, which clears it.</summary>
public sealed partial record LabelRequest(JsonElement Label) : IRequest<LabelRequest>;

public sealed partial record SessionCreated(string SessionId, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Label) : IAnswer;

public sealed partial record SessionSwitched(string Status, string SessionId, string Message) : IAnswer;

public sealed partial record SessionFound(string SessionId, string AgentId, string? Label, int MessageCount) : IAnswer;

public sealed partial record SessionReset(string Status, string AgentId, string NewSessionId) : IAnswer;

public sealed partial record SessionCompacted(string Status, string Message) : IAnswer;

public sealed partial record HistoryCleared(string Status, string AgentId, string SessionId) : IAnswer;

public sealed partial record SessionDeleted(string Status, string SessionId) : IAnswer;

public sealed partial record SessionLabelled(string Status, string SessionId, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Label) : IAnswer;
