using Fangd.Engine.Tools;

namespace Fangd.Server.Approvals;

/// <summary>Where a request stands.</summary>
internal enum ApprovalStatus
{
    Pending,
    Approved,
    Rejected,
    /// <summary>Nobody decided in time, or there was nothing left to decide about.</summary>
    Expired,
}

/// <summary>One request for a person's yes, as it is stored.</summary>
internal sealed record ApprovalRow
{
    public required string Id { get; init; }
    public required string AgentId { get; init; }
    public required string AgentName { get; init; }

    /// <summary>The call that waits, or null for a request that was made over the API.</summary>
    public ApprovalCall? Call { get; init; }

    public required string ToolName { get; init; }
    public required string Description { get; init; }
    public required string ActionSummary { get; init; }

    /// <summary>JSON, or null.</summary>
    public string? Payload { get; init; }

    public required ToolRisk Risk { get; init; }
    public required DateTimeOffset RequestedAt { get; init; }
    public required int TimeoutSecs { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public ApprovalStatus Status { get; init; }
    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary><c>api</c>, <c>chat</c> or <c>timeout</c>; null while it waits and where nothing was left to decide.</summary>
    public string? DecidedBy { get; init; }

    /// <summary>How many times it was put again because nobody answered.</summary>
    public int Escalations { get; init; }

    /// <summary>What the person said to it.</summary>
    public string? Feedback { get; init; }

    /// <summary>The daemon died while the call waited, and the conversation is kept: the run can go on.</summary>
    public bool IsReopened { get; init; }

    /// <summary>Why it expired, or what a rejection asks for.</summary>
    public string? Reason { get; init; }
}

/// <summary>A call of a run; <paramref name="SessionId"/> is null where the conversation is not kept.</summary>
internal sealed record ApprovalCall(string RunId, string? SessionId, string CallId);

/// <summary>What was decided.</summary>
internal sealed record ApprovalDecision(ApprovalStatus Status, string? Feedback, string? Reason)
{
    /// <summary>In <see cref="By"/>: nobody decided, and the configuration says what then.</summary>
    public const string Clock = "timeout";

    /// <summary>The reason of a rejection that wants another call instead.</summary>
    public const string Modify = "to be changed and tried again";

    /// <summary>See <see cref="ApprovalRow.DecidedBy"/>.</summary>
    public string? By { get; init; }

    /// <summary>A code of the second factor was given and right.</summary>
    public bool HasCode { get; init; }

    public static ApprovalDecision Of(ApprovalRow row) => new(row.Status, row.Feedback, row.Reason) { By = row.DecidedBy };
}
