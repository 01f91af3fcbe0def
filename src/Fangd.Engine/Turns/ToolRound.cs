using System.Text.Json;
using Fangd.Engine.Context;
using Fangd.Engine.Tools;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Turns;

/// <summary>
/// Runs the tool calls of one model turn after another. Neighbouring calls that only read run side by side; any other waits for
/// those before it and is waited for. Every result is stored, in call order, before anything that comes after it.
/// </summary>
internal sealed class ToolRound(IToolbox tools, IConversation conversation, TurnContext context, IRunSink sink, int maxIterations)
{
    private const int SideBySide = 8;
    private const string Guidance =
        "\n\n(The tool did not succeed. Do not invent a result; if it was denied, do not ask for it again.)";

    private readonly LoopGuard _guard = new(maxIterations);
    private readonly HashSet<string> _ids = [];
    private readonly List<Step> _steps = [];

    /// <summary>Set when the loop guard ends the run with the calls just prepared.</summary>
    public string? BreakReason { get; private set; }

    /// <summary>Reads and judges the calls of a model turn. The calls it returns are the ones to store: sound JSON, unique ids.</summary>
    public List<LlmToolCall> Prepare(IReadOnlyList<LlmToolCall> asked)
    {
        if (_ids.Count == 0)
            foreach (var message in context.Messages)
                foreach (var part in message.Parts)
                    if (part is LlmToolCall earlier)
                        _ids.Add(earlier.Id);

        _steps.Clear();
        var calls = new List<LlmToolCall>(asked.Count);
        foreach (var given in asked)
        {
            var call = ToolArguments.Read(given with { Id = UniqueId(given.Id) }, out var arguments, out var trouble);
            var verdict = _guard.Check(call.Name, arguments, out var key);
            if (verdict.Action == LoopAction.Break)
                BreakReason ??= verdict.Text;
            _steps.Add(new Step(call, arguments, trouble, verdict, key));
            calls.Add(call);
        }
        return calls;
    }

    public async ValueTask Run(CancellationToken run)
    {
        var from = 0;
        try
        {
            while (from < _steps.Count)
            {
                var end = from + 1;
                if (tools.IsReadOnly(_steps[from].Call.Name))
                    while (end < _steps.Count && tools.IsReadOnly(_steps[end].Call.Name))
                        end++;
                if (end == from + 1)
                    await Run(_steps[from], run);
                else
                    await RunSideBySide(from, end, run);
                await Store(from, end);
                from = end;
            }
        }
        catch (OperationCanceledException) when (run.IsCancellationRequested)
        {
            await Abandon(from, "The run was stopped before this call ended; whether it took effect is not known.");
            throw;
        }
    }

    /// <summary>Stores what there is from the call at <paramref name="from"/> on, and why the rest has no result.</summary>
    public ValueTask Abandon(int from, string why)
    {
        for (var i = from; i < _steps.Count; i++)
            _steps[i].Result ??= new LlmToolResult(_steps[i].Call.Id, _steps[i].Call.Name, why, IsError: true);
        return Store(from, _steps.Count);
    }

    private async ValueTask RunSideBySide(int from, int end, CancellationToken run)
    {
        var next = from - 1;
        var workers = new Task[Math.Min(SideBySide, end - from)];
        for (var i = 0; i < workers.Length; i++)
            workers[i] = Work();
        await Task.WhenAll(workers);

        async Task Work()
        {
            while (Interlocked.Increment(ref next) is var mine && mine < end)
                await Run(_steps[mine], run);
        }
    }

    private async ValueTask Run(Step step, CancellationToken run)
    {
        run.ThrowIfCancellationRequested();
        var call = step.Call;
        Emit(new ToolStarted(call.Id, call.Name, step.Arguments));
        var outcome = step switch
        {
            { Trouble: { } trouble } => ToolOutcome.Error(trouble),
            { Verdict: { Action: LoopAction.Block, Text: { } why } } => ToolOutcome.Error(why),
            _ => await tools.Run(call, run),
        };
        var text = ContextBudget.Shorten(outcome.Text, ContextBudget.ResultLimit(context.Window));
        step.Result = new LlmToolResult(call.Id, call.Name, text, outcome.IsError) { Taint = outcome.Labels };
        Emit(new ToolFinished(call.Id, call.Name, step.Arguments, text, outcome.IsError));
    }

    private async ValueTask Store(int from, int end)
    {
        var messages = new LlmMessage[end - from];
        for (var i = from; i < end; i++)
            messages[i - from] = LlmMessage.ToolResult(ForModel(_steps[i]));
        // Not cancellable: what a tool has done is done.
        await conversation.Append(messages, CancellationToken.None);
        foreach (var message in messages)
            context.Add(message);
    }

    private LlmToolResult ForModel(Step step)
    {
        var result = step.Result!;
        var wasRun = step.Trouble is null && step.Verdict.Action != LoopAction.Block;
        if (result.IsError)
            result = result with { Text = wasRun ? result.Text + Guidance : result.Text };
        if (!wasRun)
            return result;
        var repeated = _guard.Record(step.Call.Name, step.Key, step.Result!.Text);
        var warning = step.Verdict.Text ?? repeated.Text;
        return warning is null ? result : result with { Text = $"{result.Text}\n\n({warning})" };
    }

    private string UniqueId(string id)
    {
        if (id.Length > 0 && _ids.Add(id))
            return id;
        var stem = id.Length > 0 ? id : "call";
        for (var number = id.Length > 0 ? 2 : 1; ; number++)
            if (_ids.Add($"{stem}_{number}"))
                return $"{stem}_{number}";
    }

    private void Emit(RunEvent happened)
    {
        // Calls that run side by side end on different threads; the sink sees one event at a time.
        lock (_steps)
            sink.Emit(happened);
    }

    private sealed class Step(LlmToolCall call, JsonElement arguments, string? trouble, LoopVerdict verdict, UInt128 key)
    {
        public LlmToolCall Call => call;
        public JsonElement Arguments => arguments;
        public string? Trouble => trouble;
        public LoopVerdict Verdict => verdict;
        public UInt128 Key => key;
        public LlmToolResult? Result;
    }
}
