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
        var (rules, spec, scope) = (context.Rules, call.Tool.Spec, call.Scope);
        if (rules.Forbids(spec, scope.Sender))
            return ValueTask.FromResult<string?>($"messages of the channel \"{scope.Sender!.Channel}\" may not use it");
        // A command that repeats what a stranger wrote asks whatever the rules say: nobody who set them had it in mind.
        var suspicion = context.Taint.Find(call);
        if (suspicion is null && (!rules.Ask(spec, scope.Agent, scope.Sender) || IsGranted(call, rules)))
            return ValueTask.FromResult<string?>(null);
        return Ask(call, rules, suspicion?.Reason, run);
    }

    private bool IsGranted(GatedCall call, ApprovalRules rules) =>
        rules.Keeps(call.Tool.Spec) && call.Scope.SessionId is { } session && context.Grants.Has(session, call.Tool.Spec.Name);

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
                : await Announced(call.Scope, row, decided, suspicion is not null, run);
            var refusal = await Follow(row.Id, decision, run);
            // A yes to what a stranger wrote, or that nobody gave, is for this one call.
            if (refusal is null && suspicion is null && decision.By != ApprovalDecision.Clock && call.Scope.SessionId is { } session && rules.Keeps(call.Tool.Spec))
                context.Grants.Add(session, call.Tool.Spec.Name);
            return refusal;
        }
        finally
        {
            waiters.Leave(row.Id);
        }
    }

    private async Task<ApprovalDecision> Announced(ToolScope scope, ApprovalRow row, Task<ApprovalDecision> decided, bool isSuspect, CancellationToken run)
    {
        ApprovalDecision? decision = null;
        while (decision is null)
        {
            var left = row.ExpiresAt - context.Time.GetUtcNow();
            left = left > TimeSpan.Zero ? left : TimeSpan.Zero;
            scope.Sink?.Emit(new ApprovalRequested(row.Id, row.ToolName, row.Description, ApprovalWords.Of(row.Risk), (int)Math.Ceiling(left.TotalSeconds)));
            decision = await Decision(row, decided, left, run);
            if (decision is not null)
                break;
            if (await PutAgain(row) is { } longer)
                row = longer;
            else
                decision = await Unanswered(row, isSuspect);
        }

        scope.Sink?.Emit(new ApprovalDecided(row.Id, row.ToolName, decision.Status == ApprovalStatus.Approved));
        return decision;
    }

    private async Task<ApprovalRow?> PutAgain(ApprovalRow row)
    {
        var rules = context.Rules;
        if (rules.OnTimeout != TimeoutFallback.Retry || await store.Escalate(row.Id, rules.EscalationTime ?? rules.Timeout) is not { } longer)
            return null;
        await events.Append("approval_escalated", row.AgentId, $"{row.Id} {row.Description}");
        return longer;
    }

    private Task<ApprovalDecision> Unanswered(ApprovalRow row, bool isSuspect) => context.Rules.OnTimeout switch
    {
        TimeoutFallback.Allow when !isSuspect => Close(row, new ApprovalDecision(ApprovalStatus.Approved, null, "nobody decided in time")),
        TimeoutFallback.Skip => Close(row, new ApprovalDecision(ApprovalStatus.Expired, null, "nobody decided in time; go on without it")),
        _ => Expire(row, "nobody approved it in time"),
    };

    /// <summary>Null when nobody decided in time.</summary>
    private async Task<ApprovalDecision?> Decision(ApprovalRow row, Task<ApprovalDecision> decided, TimeSpan timeout, CancellationToken run)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(run, context.Stopping);
        try
        {
            return await decided.WaitAsync(timeout, context.Time, either.Token);
        }
        catch (TimeoutException)
        {
            return null;
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

    private Task<ApprovalDecision> Expire(ApprovalRow row, string reason) => Close(row, new ApprovalDecision(ApprovalStatus.Expired, null, reason));

    /// <summary>A person may have been faster by a moment: then theirs is the decision.</summary>
    private async Task<ApprovalDecision> Close(ApprovalRow row, ApprovalDecision decision)
    {
        decision = decision with { By = ApprovalDecision.Clock };
        if (await store.Decide(row.Id, decision) is not null)
        {
            await events.Append($"approval_{ApprovalWords.Of(decision.Status)}", row.AgentId, $"{row.Id} {decision.Reason}");
            return decision;
        }

        return store.Find(row.Id) is { } decided ? ApprovalDecision.Of(decided) : decision with { Status = ApprovalStatus.Expired };
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
                if (decision.Reason == ApprovalDecision.Modify)
                    return $"a person wants it changed and tried again: {decision.Feedback}";
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
