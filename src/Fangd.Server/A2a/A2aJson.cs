using System.Text.Json;
using System.Text.Json.Serialization;
using Fangd.Server.Http;

namespace Fangd.Server.A2a;

/// <summary>An agent of this daemon, as <c>GET /a2a/agents</c> lists it.</summary>
public sealed partial record ListedAgent(string Id, string Name, string Description, IReadOnlyList<string> Skills) : IAnswer, IRequest<ListedAgent>;

public sealed partial record ListedAgents(IReadOnlyList<ListedAgent> Agents) : IAnswer, IRequest<ListedAgents>;

/// <summary>A message to an agent of this daemon: by UUID or name, the first one when none is named. <c>session_id</c> goes on with a conversation.</summary>
public sealed partial record TaskRequest(string? AgentId, JsonElement? Message, string? TaskId, string? SessionId) : IAnswer, IRequest<TaskRequest>;

public sealed partial record SaidPart(string Text) : IAnswer, IRequest<SaidPart>;

public sealed partial record SaidMessage(string Role, IReadOnlyList<SaidPart> Parts) : IAnswer, IRequest<SaidMessage>;

public sealed partial record TaskAnswer(string TaskId, string Status, SaidMessage Result) : IAnswer, IRequest<TaskAnswer>;

/// <summary>What is null is shown as null: the task is under way.</summary>
public sealed partial record TaskDetail(
    string TaskId,
    string Status,
    DateTimeOffset CreatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? CompletedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] SaidMessage? Result) : IAnswer, IRequest<TaskDetail>;

public sealed partial record TaskState(string TaskId, string Status) : IAnswer, IRequest<TaskState>;

/// <summary>An agent of another daemon. <c>status</c> is <c>approved</c>, or <c>discovered</c> until a person approves it.</summary>
public sealed partial record PeerDetail(string Id, string Name, string Url, string Description, IReadOnlyList<string> Skills, string Status) : IAnswer, IRequest<PeerDetail>;

public sealed partial record PeerList(IReadOnlyList<PeerDetail> Agents) : IAnswer, IRequest<PeerList>;

/// <summary>Where an agent is to be looked for; <c>auth_token</c> is kept for it. With <c>approve</c> false it is only looked at.</summary>
public sealed partial record DiscoverRequest(string? Url, string? AuthToken, bool? Approve) : IAnswer, IRequest<DiscoverRequest>;

/// <summary>A message to an agent of another daemon, by its address or by its id; <c>session_id</c> goes on with a conversation.</summary>
public sealed partial record PeerMessage(string? Url, string? AgentId, string? Message, string? AuthToken, string? SessionId) : IAnswer, IRequest<PeerMessage>;

public sealed partial record PeerAnswer(string TaskId, string Status, string Response, string? SessionId) : IAnswer, IRequest<PeerAnswer>;

public sealed partial record PeerTaskState(string TaskId, string Status, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Result) : IAnswer, IRequest<PeerTaskState>;

public sealed partial record PeerChanged(string Status, string Id) : IAnswer, IRequest<PeerChanged>;
