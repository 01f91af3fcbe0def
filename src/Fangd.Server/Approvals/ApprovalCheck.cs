using Fangd.Engine.Approvals;
using Fangd.Engine.Tools;
using Fangd.Engine.Turns;
using Fangd.Server.Agents;
using Fangd.Server.Events;
using Fangd.Server.Http;

namespace Fangd.Server.Approvals;

/// <summary>
/// Holds a call at the gate until a person has said yes. A yes is used up in the database before the tool starts, so it serves one call
/// once, whatever dies in between.
/// </summary>
internal sealed class ApprovalCheck(ApprovalStore store, ApprovalWaiters waiters, AgentRegistry registry, EventLog events, ApprovalContext context) : IToolCheck
{
    /// <summary>Longest arguments that are kept whole, in characters; of longer ones the reviewer sees the beginning and the length.</summary>
    private const int MostPayload = 64 * 1024;

    public ValueTask<string?> Refuse(GatedCall call, CancellationToken run)
    {
        var rules = context.Rules;
        // A command that repeats what a stranger wrote asks whatever the rules say: nobody who set them had it in mind.
        var suspicion = context.Taint.Find(call);
        return suspicion is not null || rules.Ask(call.Tool.Spec, call.Scope.Agent) ? Ask(call, rules, suspicion?.Reason, run) : ValueTask.FromResult<string?>(null);
    }

    private async ValueTask<string?> Ask(GatedCall call, ApprovalRules rules, string? suspicion, CancellationToken run)
    {
        var fresh = Request(call, rules);
        if (suspicion is not null)
            fresh = fresh with { Description = CallText.Shorten($"(careful: {suspicion}) {fresh.Description}", CallText.MostDescription) };
        var row = store.Reopened(fresh) ?? fresh;
        var decided = waiters.Wait(row.Id);
        try
        {
            if (ReferenceEquals(row, fresh))
            {
                if (!await store.Add(row))
                    return $"{ApprovalStore.MostPending} calls of this agent already wait for a person's approval";
                await events.Append("approval_requested", row.AgentId, $"{row.Id} {row.Description}");
            }

            // Read once more: what was decided before the call waited does not wake it.
            var decision = store.Find(row.Id) is { Status: not ApprovalStatus.Pending } before
                ? ApprovalDecision.Of(before)
                : await Announced(call.Scope, row, decided, run);
            return await Follow(row.Id, decision, run);
        }
        finally
        {
            waiters.Leave(row.Id);
        }
    }

    private async Task<ApprovalDecision> Announced(ToolScope scope, ApprovalRow row, Task<ApprovalDecision> decided, CancellationToken run)
    {
        scope.Sink?.Emit(new ApprovalRequested(row.Id, row.ToolName, row.Description, ApprovalWords.Of(row.Risk), row.TimeoutSecs));
        var left = row.ExpiresAt - context.Time.GetUtcNow();
        var decision = await Decision(row, decided, left > TimeSpan.Zero ? left : TimeSpan.Zero, run);
        scope.Sink?.Emit(new ApprovalDecided(row.Id, row.ToolName, decision.Status == ApprovalStatus.Approved));
        return decision;
    }

    private async Task<ApprovalDecision> Decision(ApprovalRow row, Task<ApprovalDecision> decided, TimeSpan timeout, CancellationToken run)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(run, context.Stopping);
        try
        {
            return await decided.WaitAsync(timeout, context.Time, either.Token);
        }
        catch (TimeoutException)
        {
            return await Expire(row, "nobody approved it in time");
        }
        catch (OperationCanceledException) when (run.IsCancellationRequested)
        {
            await store.Withdraw(row.Id, "the run was stopped; the tool did not run");
            throw new OperationCanceledException(run);
        }
        catch (OperationCanceledException)
        {
            return await Expire(row, "the daemon stopped before anybody approved it");
        }
    }

    /// <summary>A person may have been faster by a moment: then theirs is the decision.</summary>
    private async Task<ApprovalDecision> Expire(ApprovalRow row, string reason)
    {
        var expired = new ApprovalDecision(ApprovalStatus.Expired, null, reason);
        if (await store.Decide(row.Id, expired) is not null)
        {
            await events.Append("approval_expired", row.AgentId, $"{row.Id} {reason}");
            return expired;
        }

        return store.Find(row.Id) is { } decided ? ApprovalDecision.Of(decided) : expired;
    }

    private async Task<string?> Follow(string id, ApprovalDecision decision, CancellationToken run)
    {
        switch (decision.Status)
        {
            case ApprovalStatus.Approved when run.IsCancellationRequested:
                await store.Withdraw(id, "the run was stopped; the tool did not run");
                throw new OperationCanceledException(run);
            case ApprovalStatus.Approved:
                return await store.Use(id) ? null : "its approval was used already";
            case ApprovalStatus.Rejected:
                await store.Use(id);
                return decision.Feedback is { Length: > 0 } said ? $"a person rejected it and said: {said}" : "a person rejected it";
            default:
                return decision.Reason ?? "nobody approved it in time";
        }
    }

    private ApprovalRow Request(GatedCall call, ApprovalRules rules)
    {
        var (spec, scope) = (call.Tool.Spec, call.Scope);
        // In whole milliseconds, as rows keep it.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(context.Time.GetUtcNow().ToUnixTimeMilliseconds());
        return new ApprovalRow
        {
            Id = context.NewId(),
            AgentId = scope.AgentId,
            AgentName = registry.Find(scope.AgentId)?.Name ?? scope.Agent.Name,
            Call = new ApprovalCall(scope.RunId, scope.SessionId, call.Call.Id),
            ToolName = spec.Name,
            Description = CallText.Describe(spec.Name, call.Arguments),
            ActionSummary = spec.Name,
            Payload = Payload(call.Arguments.GetRawText()),
            Risk = spec.Risk,
            RequestedAt = now,
            TimeoutSecs = (int)rules.Timeout.TotalSeconds,
            ExpiresAt = now + rules.Timeout,
        };
    }

    private static string Payload(string arguments) => arguments.Length <= MostPayload
        ? arguments
        : AnswerJson.Of(new LongArguments(arguments.Length, CallText.Shorten(arguments, MostPayload)));
}
