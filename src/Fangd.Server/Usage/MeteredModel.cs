using System.Runtime.CompilerServices;
using Fangd.Engine.Context;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.Media;
using Fangd.Server.Budgets;
using Fangd.Server.Models;

namespace Fangd.Server.Usage;

/// <summary>
/// The model as one run sees it. Each call is let through by the budgets or refused, and taken down when it ends, however it ends. Where a
/// server does not count, an estimate is handed on in its place, so that all who count have the same numbers.
/// </summary>
internal sealed class MeteredModel(Metering metering, BudgetHolder holder, string? sessionId, string runId) : IChatModel
{
    private const int CharsPerToken = 4;

    private LlmUsage _used;
    private double _cost;
    private int _calls;

    /// <summary>A limit that is nearly used up after the run's last call; or null.</summary>
    public string? BudgetWarning { get; private set; }

    public int ContextWindow(ModelRef model) => metering.Models.ContextWindow(metering.Resolve(model));

    public double Cost(ModelRef model, LlmUsage usage) => metering.Models.Cost(metering.Resolve(model), usage);

    public async IAsyncEnumerable<LlmEvent> Stream(ModelRef model, LlmRequest request, [EnumeratorCancellation] CancellationToken run)
    {
        var resolved = metering.Resolve(model);
        var price = metering.Models.Price(resolved);
        var claim = Claim(request, price);
        var call = new Call(metering.Time.GetTimestamp());
        try
        {
            await using var events = metering.Models.Stream(resolved, request, run).GetAsyncEnumerator(run);
            while (await Next(events, call))
            {
                var happened = events.Current;
                if (call.Take(happened) && call.Counted is null)
                    yield return LlmEvent.UsageReport(call.Estimate(request));
                yield return happened;
            }
        }
        finally
        {
            Settle(resolved, request, price, claim, call);
        }
    }

    /// <summary>
    /// A call that is no conversation: <paramref name="send"/> makes it, <paramref name="request"/> says what is sent as text, for the claim.
    /// </summary>
    public async Task<T> Send<T>(ModelRef model, LlmRequest request, Func<Task<MediaAnswer<T>>> send)
    {
        var price = metering.Models.Price(model);
        var claim = Claim(request, price);
        var call = new Call(metering.Time.GetTimestamp());
        try
        {
            var answer = await send();
            call.End(answer.Usage);
            return answer.Value;
        }
        catch (OperationCanceledException)
        {
            call.Outcome = CallOutcome.Cancelled;
            throw;
        }
        finally
        {
            Settle(model, request, price, claim, call);
        }
    }

    private BudgetClaim Claim(LlmRequest request, CallPrice price)
    {
        try
        {
            return metering.Budgets.Claim(holder, request, price);
        }
        catch (TurnException refused)
        {
            // What the run has used so far is told with the refusal, because it has been paid for.
            throw new TurnException(refused.Fault, refused.Message, refused.RetryAfter) { Usage = _used, CostUsd = _cost, Iterations = _calls };
        }
    }

    private static async ValueTask<bool> Next(IAsyncEnumerator<LlmEvent> events, Call call)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (OperationCanceledException)
        {
            call.Outcome = CallOutcome.Cancelled;
            throw;
        }
        catch (LlmException)
        {
            call.Outcome = CallOutcome.Failed;
            throw;
        }
    }

    private void Settle(ModelRef model, LlmRequest request, CallPrice price, BudgetClaim claim, Call call)
    {
        // Nobody said how it ended: its reader left it, or it could not even begin.
        var outcome = call.Outcome ?? (call.HasBegun ? CallOutcome.Cancelled : CallOutcome.Failed);
        // A call that failed before it said anything is not charged; one that was left early is, for what it read and said.
        var isCharged = call.HasBegun || outcome == CallOutcome.Cancelled;
        var usage = call.Counted ?? (isCharged ? call.Estimate(request) : default);
        var cost = price.Of(usage);
        _used += usage;
        _cost += cost;
        _calls++;
        var warning = metering.Budgets.Settle(holder, claim, cost, usage.Total);
        BudgetWarning = warning?.Text;
        if (warning is { IsNew: true })
            metering.Alert(warning);
        metering.Meter.Record(new UsageRow(
            metering.Time.GetUtcNow(),
            holder.AgentId,
            sessionId,
            runId,
            model.Provider,
            model.Model,
            usage,
            cost,
            price.Kind,
            (long)metering.Time.GetElapsedTime(call.StartedAt).TotalMilliseconds,
            outcome));
    }

    /// <summary>One call under way.</summary>
    private sealed class Call(long startedAt)
    {
        private long _chars;

        public long StartedAt => startedAt;

        /// <summary>Null until it has ended.</summary>
        public CallOutcome? Outcome { get; set; }

        public bool HasBegun { get; private set; }

        public LlmUsage? Counted { get; private set; }

        /// <summary>True at the end of the answer.</summary>
        public bool Take(LlmEvent happened)
        {
            HasBegun = true;
            switch (happened.Kind)
            {
                case LlmEventKind.Usage:
                    Counted = happened.Usage;
                    break;
                case LlmEventKind.Stop:
                    Outcome = CallOutcome.Ok;
                    return true;
                case LlmEventKind.ToolCall:
                    _chars += happened.Call!.Name.Length + happened.Call.Arguments.Length;
                    break;
                default:
                    _chars += happened.Text?.Length ?? 0;
                    break;
            }

            return false;
        }

        public void End(LlmUsage? counted)
        {
            HasBegun = true;
            Counted = counted;
            Outcome = CallOutcome.Ok;
        }

        public LlmUsage Estimate(LlmRequest request) =>
            new(ContextBudget.Tokens(request.Messages, request.Tools), (int)Math.Min(int.MaxValue, (_chars + CharsPerToken - 1) / CharsPerToken));
    }
}
