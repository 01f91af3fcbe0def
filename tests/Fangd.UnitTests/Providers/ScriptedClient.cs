using System.Runtime.CompilerServices;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.TestKit;
using Microsoft.Extensions.Logging;

namespace Fangd.UnitTests.Providers;

/// <summary>A provider's client whose answers are data: one list of steps a call; the last one serves every further call.</summary>
internal sealed class ScriptedClient(params ScriptedStep[][] answers) : ILlmClient
{
    public List<(LlmRequest Request, LlmTarget Target)> Calls { get; } = [];

    /// <summary>When set, decides in place of the list.</summary>
    public Func<LlmRequest, LlmTarget, ScriptedStep[]>? Rule { get; init; }

    public async IAsyncEnumerable<LlmEvent> Stream(LlmRequest request, LlmTarget target, [EnumeratorCancellation] CancellationToken run)
    {
        ScriptedStep[] steps;
        lock (Calls)
        {
            Calls.Add((request, target));
            steps = Rule?.Invoke(request, target) ?? answers[Math.Min(Calls.Count, answers.Length) - 1];
        }

        foreach (var step in steps)
        {
            run.ThrowIfCancellationRequested();
            step.Reached?.TrySetResult();
            if (step.Wait is not null)
                await step.Wait.WaitAsync(run);
            if (step.Fault is not null)
                throw step.Fault;
            if (step.Event is { } happened)
                yield return happened;
        }
    }
}

/// <summary>Several models behind one port, by name.</summary>
internal sealed class ModelsByName(params (string Name, IChatModel Model)[] models) : IChatModel
{
    public int ContextWindow(ModelRef model) => Of(model).ContextWindow(model);

    public double Cost(ModelRef model, LlmUsage usage) => Of(model).Cost(model, usage);

    public IAsyncEnumerable<LlmEvent> Stream(ModelRef model, LlmRequest request, CancellationToken run) => Of(model).Stream(model, request, run);

    private IChatModel Of(ModelRef model) => models.First(one => one.Name == model.Model).Model;
}

/// <summary>Keeps what is logged, and says when a line with certain words came.</summary>
internal sealed class LogLines<T> : ILogger<T>
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private readonly List<(string Words, TaskCompletionSource Seen)> _watchers = [];

    public IReadOnlyList<string> All
    {
        get
        {
            lock (_lock)
                return [.. _lines];
        }
    }

    public Task Seen(string words)
    {
        lock (_lock)
        {
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_lines.Exists(line => line.Contains(words, StringComparison.Ordinal)))
                seen.SetResult();
            else
                _watchers.Add((words, seen));
            return seen.Task;
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = formatter(state, exception);
        lock (_lock)
        {
            _lines.Add(line);
            foreach (var (words, seen) in _watchers)
            {
                if (line.Contains(words, StringComparison.Ordinal))
                    seen.TrySetResult();
            }
        }
    }
}
