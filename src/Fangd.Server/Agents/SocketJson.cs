using System.Text.Json;
using Fangd.Server.Http;

namespace Fangd.Server.Agents;

/// <summary>What a client sends over the socket, when it sends JSON.</summary>
public sealed partial record SocketRequest(string? Type, string? Content, string? Message, string? Command, string? Args, string? SessionId, JsonElement? Attachments) : IRequest<SocketRequest>;

/// <summary>A frame to the client; the fields that a type does not have are absent.</summary>
public sealed partial record SocketFrame(string Type) : IAnswer
{
    public string? AgentId { get; init; }
    public string? Content { get; init; }
    public string? Tool { get; init; }
    public JsonElement? Input { get; init; }
    public string? Result { get; init; }
    public bool? IsError { get; init; }
    public int? InputTokens { get; init; }
    public int? OutputTokens { get; init; }
    public int? Iterations { get; init; }
    public double? CostUsd { get; init; }
    public string? Model { get; init; }
    public string? SessionId { get; init; }
    public string? Command { get; init; }
    public string? Phase { get; init; }
    public string? Detail { get; init; }
    public string? Code { get; init; }
    public int? RetryAfter { get; init; }
    public string? BudgetWarning { get; init; }
    public string? ApprovalId { get; init; }
    public string? RiskLevel { get; init; }
    public int? TimeoutSecs { get; init; }
    public bool? Approved { get; init; }
}
