using Fangd.Engine.Audit;
using Fangd.Server.Events;
using Fangd.Server.Http;

namespace Fangd.Server.Approvals;

/// <summary>Where people decide, whichever way they come: the API, a chat, the command line.</summary>
internal sealed class ApprovalDesk(ApprovalStore store, ApprovalWaiters waiters, SecondFactorCheck factor, EventLog events, IAuditTrail audit, ApprovalRuns runs)
{
    public const int LongestFeedback = 4096;
    public const string Api = "api";
    public const string Chat = "chat";

    public ApprovalRow Of(string id) => store.Find(id) ?? throw ApiException.NotFound($"Approval '{id}' not found");

    public List<ApprovalRow> List() => store.List();

    public int CountPending() => store.CountPending();

    /// <summary>What waits in one session.</summary>
    public List<ApprovalRow> OfSession(string id) => runs.Knows(id)
        ? List().FindAll(row => row.Status == ApprovalStatus.Pending && row.Call?.SessionId == id)
        : throw ApiException.NotFound($"Session '{id}' not found");

    /// <summary>Approves, with a code where the second factor asks for one; the call that waits goes on.</summary>
    public async Task<DateTimeOffset> Approve(string id, string? code, string by, CancellationToken aborted)
    {
        var row = Pending(id);
        await Reachable(row);
        var hasCode = await factor.Demand(row.ToolName, code, aborted);
        return await Decide(row, new ApprovalDecision(ApprovalStatus.Approved, null, null) { By = by, HasCode = hasCode });
    }

    /// <summary>Rejects; the model reads the feedback. Never asks for a code: saying no must be easy.</summary>
    public Task<DateTimeOffset> Reject(string id, string? feedback, string by) => Refuse(id, feedback, null, by);

    /// <summary>Rejects, and tells the model to make the call anew in the way that the feedback says.</summary>
    public Task<DateTimeOffset> SendBack(string id, string? feedback, string by)
    {
        _ = Of(id);
        return string.IsNullOrWhiteSpace(feedback)
            ? throw ApiException.BadRequest("feedback is missing: it says what to change")
            : Refuse(id, feedback, ApprovalDecision.Modify, by);
    }

    /// <summary>
    /// Decides about each; one that cannot be decided is an outcome of its own. Where codes are asked for, one code serves them all: whoever
    /// gives it has the whole list in sight.
    /// </summary>
    public async Task<List<ApprovalOutcome>> DecideAll(IReadOnlyList<string> ids, bool approves, ApprovalAnswer? answer, CancellationToken aborted)
    {
        var hasCode = false;
        if (approves)
        {
            foreach (var id in ids)
                hasCode = hasCode || (store.Find(id) is { Status: ApprovalStatus.Pending } row && await factor.Demand(row.ToolName, answer?.Code, aborted));
        }

        var outcomes = new List<ApprovalOutcome>(ids.Count);
        foreach (var id in ids)
        {
            try
            {
                outcomes.Add(new ApprovalOutcome(id, approves ? await Approve(id, hasCode) : await Reject(id, answer?.Feedback, Api), null));
            }
            catch (ApiException refused)
            {
                outcomes.Add(new ApprovalOutcome(id, null, refused.Message));
            }
        }

        return outcomes;
    }

    private async Task<DateTimeOffset> Approve(string id, bool hasCode)
    {
        var row = Pending(id);
        await Reachable(row);
        return await Decide(row, new ApprovalDecision(ApprovalStatus.Approved, null, null) { By = Api, HasCode = hasCode });
    }

    private async Task<DateTimeOffset> Refuse(string id, string? feedback, string? reason, string by)
    {
        var row = Pending(id);
        await Reachable(row);
        if (feedback?.Length > LongestFeedback)
            throw ApiException.BadRequest($"feedback must be at most {LongestFeedback} characters");
        return await Decide(row, new ApprovalDecision(ApprovalStatus.Rejected, string.IsNullOrWhiteSpace(feedback) ? null : feedback.Trim(), reason) { By = by });
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

/// <summary>What became of one of several: when it was decided, or why it was not.</summary>
internal sealed record ApprovalOutcome(string Id, DateTimeOffset? At, string? Error);
