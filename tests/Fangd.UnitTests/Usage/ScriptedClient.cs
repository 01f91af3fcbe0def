using System.Runtime.CompilerServices;
using Fangd.Protocols.Llm;

namespace Fangd.UnitTests.Usage;

/// <summary>A wire client whose every call gives the same events, and that keeps what it was asked and where it was sent.</summary>
internal sealed class ScriptedClient(params LlmEvent[] events) : ILlmClient
{
    private readonly Lock _lock = new();
    private readonly List<(LlmRequest Request, LlmTarget Target)> _calls = [];

    /// <summary>Thrown after the events.</summary>
    public LlmException? Fault { get; init; }

    public IReadOnlyList<(LlmRequest Request, LlmTarget Target)> Calls
    {
        get
        {
            lock (_lock)
                return [.. _calls];
        }
    }

    public async IAsyncEnumerable<LlmEvent> Stream(LlmRequest request, LlmTarget target, [EnumeratorCancellation] CancellationToken run)
    {
        lock (_lock)
            _calls.Add((request, target));
        foreach (var happened in events)
        {
            await Task.Yield();
            run.ThrowIfCancellationRequested();
            yield return happened;
        }

        if (Fault is { } fault)
            throw fault;
    }
}
