using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fangd.Server.A2a;

/// <summary>An agent of this daemon, as <c>GET /a2a/agents</c> lists it.</summary>
public sealed record ListedAgent(string Id, string Name, string Description, IReadOnlyList<string> Skills);

public sealed record ListedAgents(IReadOnlyList<ListedAgent> Agents);

/// <summary>A message to an agent of this daemon: by UUID or name, the first one when none is named. <c>session_id</c> goes on with a conversation.</summary>
public sealed record TaskRequest(string? AgentId, JsonElement? Message, string? TaskId, string? SessionId);

public sealed record SaidPart(string Text);

public sealed record SaidMessage(string Role, IReadOnlyList<SaidPart> Parts);

public sealed record TaskAnswer(string TaskId, string Status, SaidMessage Result);

/// <summary>What is null is shown as null: the task is under way.</summary>
public sealed record TaskDetail(
    string TaskId,
    string Status,
    DateTimeOffset CreatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? CompletedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] SaidMessage? Result);

public sealed record TaskState(string TaskId, string Status);

/// <summary>An agent of another daemon. <c>status</c> is <c>approved</c>, or <c>discovered</c> until a person approves it.</summary>
public sealed record PeerDetail(string Id, string Name, string Url, string Description, IReadOnlyList<string> Skills, string Status);

public sealed record PeerList(IReadOnlyList<PeerDetail> Agents);

/// <summary>Where an agent is to be looked for; <c>auth_token</c> is kept for it. With <c>approve</c> false it is only looked at.</summary>
public sealed record DiscoverRequest(string? Url, string? AuthToken, bool? Approve);

/// <summary>A message to an agent of another daemon, by its address or by its id; <c>session_id</c> goes on with a conversation.</summary>
public sealed record PeerMessage(string? Url, string? AgentId, string? Message, string? AuthToken, string? SessionId);

public sealed record PeerAnswer(string TaskId, string Status, string Response, string? SessionId);

public sealed record PeerTaskState(string TaskId, string Status, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Result);

public sealed record PeerChanged(string Status, string Id);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(ListedAgents))]
[JsonSerializable(typeof(TaskRequest))]
[JsonSerializable(typeof(TaskAnswer))]
[JsonSerializable(typeof(TaskDetail))]
[JsonSerializable(typeof(TaskState))]
[JsonSerializable(typeof(PeerDetail))]
[JsonSerializable(typeof(PeerList))]
[JsonSerializable(typeof(DiscoverRequest))]
[JsonSerializable(typeof(PeerMessage))]
[JsonSerializable(typeof(PeerAnswer))]
[JsonSerializable(typeof(PeerTaskState))]
[JsonSerializable(typeof(PeerChanged))]
internal sealed partial class A2aJson : JsonSerializerContext;
