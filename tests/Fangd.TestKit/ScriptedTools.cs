using Fangd.Engine.Tools;
using Fangd.Protocols.Llm;

namespace Fangd.TestKit;

/// <summary>Tools whose outcomes are given by a function. Names that begin with <c>read</c> only read.</summary>
public sealed class ScriptedTools : IToolbox
{
    private readonly Lock _lock = new();
    private readonly List<LlmToolCall> _runs = [];
    private readonly Func<LlmToolCall, CancellationToken, ValueTask<ToolOutcome>> _run;

    public ScriptedTools(params string[] names)
        : this((call, _) => ValueTask.FromResult(ToolOutcome.Ok($"{call.Name} did {call.Arguments}")), names)
    {
    }

    public ScriptedTools(Func<LlmToolCall, CancellationToken, ValueTask<ToolOutcome>> run, params string[] names)
    {
        _run = run;
        Offered = [.. names.Select(name => new LlmTool(name, $"The tool {name}.", "{\"type\":\"object\"}"u8.ToArray()))];
    }

    public IReadOnlyList<LlmTool> Offered { get; }

    /// <summary>The calls that ran, in the order in which they began.</summary>
    public IReadOnlyList<LlmToolCall> Runs
    {
        get
        {
            lock (_lock)
                return [.. _runs];
        }
    }

    public bool IsKnown(string name) => Offered.Any(tool => tool.Name == name);

    public bool IsReadOnly(string name) => name.StartsWith("read", StringComparison.Ordinal);

    public ValueTask<ToolOutcome> Run(LlmToolCall call, CancellationToken run)
    {
        lock (_lock)
            _runs.Add(call);
        return _run(call, run);
    }
}
