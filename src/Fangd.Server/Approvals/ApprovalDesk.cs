using Fangd.Engine.Audit;
using Fangd.Server.Events;
using Fangd.Server.Http;

namespace Fangd.Server.Approvals;

/// <summary>Where people decide, whichever way they come: the API, a chat, the command line.</summary>
internal sealed class ApprovalDesk(ApprovalStore store, ApprovalWaiters waiters, SecondFactorCheck factor, EventLog events, IAuditTrail audit, ApprovalRuns runs)
{
    public const int LongestFeedback = 4096;

    public ApprovalRow Of(string id) => store.Find(id) ?? throw ApiException.NotFound($"Approval '{id}' not found");

    public List<ApprovalRow> List() => store.List();

    /// <summary>Approves, with a code where the second factor asks for one; the call that waits goes on.</summary>
    public async Task<DateTimeOffset> Approve(string id, string? code, CancellationToken aborted)
    {
        var row = Pending(id);
        await Reachable(row);
        await factor.Demand(row.ToolName, code, aborted);
        return await Decide(row, new ApprovalDecision(ApprovalStatus.Approved, null, null));
    }

    /// <summary>Rejects; the model reads the feedback. Never asks for a code: saying no must be easy.</summary>
    public async Task<DateTimeOffset> Reject(string id, string? feedback)
    {
        var row = Pending(id);
        await Reachable(row);
        if (feedback?.Length > LongestFeedback)
            throw ApiException.BadRequest($"feedback must be at most {LongestFeedback} characters");
        return await Decide(row, new ApprovalDecision(ApprovalStatus.Rejected, string.IsNullOrWhiteSpace(feedback) ? null : feedback.Trim(), null));
    }

    private async Task<DateTimeOffset> Decide(ApprovalRow row, ApprovalDecision decision)
    {
        if (await store.Decide(row.Id, decision) is not { } at)
            throw NotPending(Of(row.Id));
        // The decision stands in the store; what follows only tells of it.
        if (!waiters.Wake(row.Id, decision) && row.IsReopened)
            await Resume(row);
        audit.RecordLater(new AuditEntry(AuditAction.Approval, row.AgentId, $"{row.ToolName} (approval {row.Id})", ApprovalWords.Of(decision.Status)));
        await events.Append($"approval_{ApprovalWords.Of(decision.Status)}", row.AgentId, $"{row.Id} {row.Description}");
        return at;
    }

    private async Task Resume(ApprovalRow row)
    {
        try
        {
            runs.Resume(row);
        }
        catch (ApiException refused)
        {
            await store.Withdraw(row.Id, $"its run could not go on: {refused.Message}");
            throw;
        }
    }

    /// <summary>A call from before a restart may have been overtaken: its agent is gone, or its conversation went on without it.</summary>
    private async Task Reachable(ApprovalRow row)
    {
        if (!row.IsReopened || waiters.IsWaiting(row.Id) || runs.Obstacle(row) is not { } obstacle)
            return;
        await store.Withdraw(row.Id, obstacle);
        throw NotPending(Of(row.Id));
    }

    private ApprovalRow Pending(string id) => Of(id) is { Status: ApprovalStatus.Pending } row ? row : throw NotPending(Of(id));

    private static ApiException NotPending(ApprovalRow row) => ApiException.Conflict(row.Status == ApprovalStatus.Expired
        ? $"the request has expired: {row.Reason ?? "nobody decided in time"}"
        : $"the request was {ApprovalWords.Of(row.Status)} already");
}
