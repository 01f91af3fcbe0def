using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Text;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;

namespace Fangd.Server.Providers.Resilience;

/// <summary>
/// The models of one run: the one that is asked, and those that are asked in its place, in order, when it fails before it has said
/// anything. The one that answered is asked first for the rest of the run, so that a dead provider costs its waits once.
/// </summary>
internal sealed class ModelChain(IChatModel models, IReadOnlyList<ModelRef> others, Func<ModelRef, ModelRef, LlmException, ValueTask> passedOn) : IChatModel
{
    private const int MostReason = 140;

    private int _first;

    public int ContextWindow(ModelRef model) => models.ContextWindow(model);

    public double Cost(ModelRef model, LlmUsage usage) => models.Cost(model, usage);

    public async IAsyncEnumerable<LlmEvent> Stream(ModelRef model, LlmRequest request, [EnumeratorCancellation] CancellationToken run)
    {
        var order = Order(model);
        List<(ModelRef Model, LlmException Failure)>? failed = null;
        foreach (var tried in order)
        {
            var (events, any, failure) = await Begin(tried, request, run);
            if (failure is not null)
            {
                // The caller's own fault is the same fault everywhere; a model in reserve may refuse for reasons of its own.
                if (ReferenceEquals(tried, model) && !IsWorthAnother(failure.Fault))
                    ExceptionDispatchInfo.Throw(failure);
                failed ??= [];
                failed.Add((tried, failure));
                if (failed.Count < order.Count)
                    await passedOn(tried, order[failed.Count], failure);
                continue;
            }

            await using (events)
            {
                _first = ReferenceEquals(tried, model) ? 0 : IndexOf(tried) + 1;
                if (any && !ReferenceEquals(tried, model))
                    yield return LlmEvent.AnsweredBy(new LlmModelName(tried.Provider, tried.Model));
                while (any)
                {
                    yield return events!.Current;
                    any = await events.MoveNextAsync();
                }

                yield break;
            }
        }

        throw All(model, failed!);
    }

    private static bool IsWorthAnother(LlmFault fault) => fault is
        LlmFault.ModelNotFound or LlmFault.Auth or LlmFault.Billing or LlmFault.RateLimit or LlmFault.Overloaded or LlmFault.Unreachable or
        LlmFault.Timeout or LlmFault.Interrupted or LlmFault.Garbage;

    private async ValueTask<(IAsyncEnumerator<LlmEvent>? Events, bool Any, LlmException? Failure)> Begin(ModelRef model, LlmRequest request, CancellationToken run)
    {
        IAsyncEnumerator<LlmEvent>? events = null;
        try
        {
            events = models.Stream(model, request, run).GetAsyncEnumerator(run);
            return (events, await events.MoveNextAsync(), null);
        }
        catch (LlmException failure)
        {
            if (events is not null)
                await events.DisposeAsync();
            return (null, false, failure);
        }
    }

    private static LlmException All(ModelRef model, List<(ModelRef Model, LlmException Failure)> failed)
    {
        var (_, first) = failed.Find(one => ReferenceEquals(one.Model, model));
        if (failed.Count == 1)
            return first;
        // A model in reserve that is merely too small answers once the conversation is shortened.
        var last = failed[^1].Failure;
        var cause = last.Fault == LlmFault.ContextOverflow ? last : first;
        var text = new StringBuilder(first.Message).Append(" (also tried");
        var separator = ' ';
        foreach (var (tried, failure) in failed)
        {
            if (ReferenceEquals(tried, model))
                continue;
            text.Append(separator == ' ' ? " " : "; ").Append(tried.Provider).Append('/').Append(tried.Model).Append(": ").Append(Short(failure.Message));
            separator = ';';
        }

        return new LlmException(cause.Fault, text.Append(')').ToString(), cause.RetryAfter, cause);
    }

    private static string Short(string reason)
    {
        if (reason.Length <= MostReason)
            return reason;
        var end = char.IsHighSurrogate(reason[MostReason - 1]) ? MostReason - 1 : MostReason;
        return string.Concat(reason.AsSpan(0, end), "…");
    }

    private List<ModelRef> Order(ModelRef model)
    {
        var order = new List<ModelRef>(others.Count + 1) { model };
        foreach (var other in others)
        {
            if (other != model)
                order.Add(other);
        }

        if (_first > 0 && order.IndexOf(others[_first - 1]) is > 0 and var at)
        {
            order.RemoveAt(at);
            order.Insert(0, others[_first - 1]);
        }

        return order;
    }

    private int IndexOf(ModelRef tried)
    {
        for (var i = 0; i < others.Count; i++)
        {
            if (ReferenceEquals(others[i], tried))
                return i;
        }

        return -1;
    }
}
