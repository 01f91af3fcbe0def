using System.Runtime.CompilerServices;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;

namespace Fangd.TestKit;

/// <summary>
/// A model whose answers are data: one list of steps a call, in order; the last one serves every further call. Keeps the requests
/// it got, their messages copied.
/// </summary>
public sealed class ScriptedModel(params ScriptedStep[][] turns) : IChatModel
{
    private readonly Lock _lock = new();
    private readonly List<LlmRequest> _requests = [];

    public int Window { get; init; } = 128_000;

    /// <summary>USD for a million tokens of any kind.</summary>
    public double CostPerMillion { get; init; }

    public IReadOnlyList<LlmRequest> Requests
    {
        get
        {
            lock (_lock)
                return [.. _requests];
        }
    }

    public int Calls => Requests.Count;

    public LlmRequest LastRequest => Requests[^1];

    public int ContextWindow(ModelRef model) => Window;

    public double Cost(ModelRef model, LlmUsage usage) => usage.Total * CostPerMillion / 1_000_000;

    public async IAsyncEnumerable<LlmEvent> Stream(ModelRef model, LlmRequest request, [EnumeratorCancellation] CancellationToken run)
    {
        ScriptedStep[] steps;
        lock (_lock)
        {
            _requests.Add(request with { Messages = [.. request.Messages] });
            steps = turns[Math.Min(_requests.Count, turns.Length) - 1];
        }
        foreach (var step in steps)
        {
            run.ThrowIfCancellationRequested();
            if (step.Reached is not null)
                step.Reached.TrySetResult();
            if (step.Wait is not null)
                await step.Wait.WaitAsync(run);
            if (step.Fault is not null)
                throw step.Fault;
            if (step.Event is { } happened)
                yield return happened;
        }
    }
}

/// <summary>One step of a scripted answer: an event, a failure, or a wait.</summary>
public sealed record ScriptedStep(LlmEvent? Event = null, LlmException? Fault = null, Task? Wait = null, TaskCompletionSource? Reached = null);

/// <summary>Short names for the steps of a scripted answer.</summary>
public static class Say
{
    public static readonly ScriptedStep End = Stop(LlmStop.EndTurn);

    /// <summary>A whole answer in one piece.</summary>
    public static ScriptedStep[] Answer(string text) => [Text(text), Usage(10, 5), End];

    /// <summary>A whole answer that is nothing but tool calls.</summary>
    public static ScriptedStep[] Call(params LlmToolCall[] calls) =>
        [.. calls.Select(call => new ScriptedStep(LlmEvent.ToolCall(call))), Usage(10, 5), Stop(LlmStop.ToolCalls)];

    /// <summary>A failure before anything was said.</summary>
    public static ScriptedStep[] Fail(LlmFault fault, TimeSpan? retryAfter = null) => [Fault(fault, retryAfter)];

    public static ScriptedStep Text(string text) => new(LlmEvent.TextDelta(text));

    public static ScriptedStep Thinking(string text) => new(LlmEvent.ReasoningDelta(text));

    public static ScriptedStep EndThought(string signature) => new(LlmEvent.ReasoningEnd(signature));

    public static ScriptedStep Call(string id, string name, string arguments = "{}") =>
        new(LlmEvent.ToolCall(new LlmToolCall(id, name, arguments)));

    public static ScriptedStep Usage(int input, int output) => new(LlmEvent.UsageReport(new LlmUsage(input, output)));

    public static ScriptedStep Stop(LlmStop stop) => new(LlmEvent.Stopped(stop));

    public static ScriptedStep Fault(LlmFault fault, TimeSpan? retryAfter = null) =>
        new(Fault: new LlmException(fault, $"The scripted provider failed: {fault}.", retryAfter));

    /// <summary>Says through <paramref name="reached"/> that the stream is here and waits for <paramref name="signal"/> or cancellation.</summary>
    public static ScriptedStep WaitFor(Task signal, TaskCompletionSource? reached = null) => new(Wait: signal, Reached: reached);
}
