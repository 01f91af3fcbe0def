using System.Text.Json;
using Fangd.Server.Http;

namespace Fangd.Server.Approvals;

public sealed partial record ApprovalView : IAnswer
{
    public required string Id { get; init; }
    public required string AgentId { get; init; }
    public required string AgentName { get; init; }
    public required string ToolName { get; init; }
    public required string Description { get; init; }
    public required string ActionSummary { get; init; }

    /// <summary><c>Low</c>, <c>Medium</c>, <c>High</c> or <c>Critical</c>.</summary>
    public required string RiskLevel { get; init; }

    public required DateTimeOffset RequestedAt { get; init; }
    public required int TimeoutSecs { get; init; }

    /// <summary><c>pending</c>, <c>approved</c>, <c>rejected</c> or <c>expired</c>.</summary>
    public required string Status { get; init; }

    public string? SessionId { get; init; }
    public JsonElement? Payload { get; init; }

    /// <summary>How many times it was put again; absent for none.</summary>
    public int? EscalationCount { get; init; }

    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary><c>api</c>, <c>chat</c> or <c>timeout</c>.</summary>
    public string? DecidedBy { get; init; }

    public string? Feedback { get; init; }
    public string? Reason { get; init; }
}

public sealed partial record ApprovalViews(IReadOnlyList<ApprovalView> Approvals, int Total) : IAnswer;

public sealed partial record ApprovalRequest : IRequest<ApprovalRequest>
{
    public string? AgentId { get; init; }
    public string? ToolName { get; init; }

    /// <summary>Another word for <see cref="ToolName"/>.</summary>
    public string? Action { get; init; }

    public string? Description { get; init; }
    public string? ActionSummary { get; init; }
    public JsonElement? Payload { get; init; }
    public int? TimeoutSecs { get; init; }
}

public sealed partial record ApprovalCreated(string Id, string Status) : IAnswer;

/// <summary>What people say to requests: to one, to the <see cref="Ids"/> of a batch, or to all of a session.</summary>
public sealed partial record ApprovalAnswer : IRequest<ApprovalAnswer>
{
    public string? TotpCode { get; init; }
    public string? RecoveryCode { get; init; }
    public string? Feedback { get; init; }
    public IReadOnlyList<string>? Ids { get; init; }

    /// <summary><c>approve</c> or <c>reject</c>, of a batch.</summary>
    public string? Decision { get; init; }

    /// <summary>What the caller has seen waiting in a session; where that is not what waits any more, nothing is decided.</summary>
    public int? ExpectedCount { get; init; }

    public IReadOnlyList<string>? ExpectedIds { get; init; }

    /// <summary>Whichever was given.</summary>
    public string? Code => TotpCode ?? RecoveryCode;
}

public sealed partial record ApprovalDecidedView(string Id, string Status, DateTimeOffset DecidedAt) : IAnswer;

public sealed partial record TotpSetup(string Secret, string OtpauthUri, IReadOnlyList<string> RecoveryCodes) : IAnswer;

public sealed partial record TotpCode(string? Code) : IRequest<TotpCode>;

public sealed partial record TotpStatus(bool Enrolled, bool Confirmed, bool Enforced, int RemainingRecoveryCodes) : IAnswer;

public sealed partial record TotpChanged(string Status) : IAnswer;

/// <summary>Stands for arguments that are too long to keep for a reviewer.</summary>
internal sealed partial record LongArguments(int Length, string Beginning) : IAnswer;
