using Fangd.Engine.Processes;

namespace Fangd.Engine.Tools.Shell;

/// <summary>A process that an agent started and comes back to.</summary>
internal sealed class BackgroundProcess
{
    private const int OutputKept = 64 * 1024;
    private static readonly TimeSpan _lastWords = TimeSpan.FromSeconds(2);

    private readonly OutputRing _output = new(OutputKept);
    private readonly CancellationTokenSource _over = new();

    public BackgroundProcess(string id, string agentId, string command, ChildProcess child, DateTimeOffset started)
    {
        Id = id;
        AgentId = agentId;
        Command = command;
        Child = child;
        Started = started;
        Finished = Follow();
    }

    public string Id { get; }
    public string AgentId { get; }
    public string Command { get; }
    public ChildProcess Child { get; }
    public DateTimeOffset Started { get; }

    /// <summary>Done once it is gone and all it said has been read.</summary>
    public Task Finished { get; }

    /// <summary>Null while it runs.</summary>
    public ProcessExit? Exit => Finished.IsCompleted ? Child.Exited.Result : null;

    /// <summary>What it printed since the last time.</summary>
    public CappedText Take() => _output.Take(Finished.IsCompleted);

    public ValueTask End() => Child.DisposeAsync();

    private async Task Follow()
    {
        var reading = Task.WhenAll(Read(Child.Output), Read(Child.Error));
        await Child.Exited;
        _over.CancelAfter(_lastWords);
        await reading;
        _over.Dispose();
    }

    private async Task Read(Stream from)
    {
        var piece = new byte[4096];
        try
        {
            while (await from.ReadAsync(piece, _over.Token) is > 0 and var length)
                _output.Append(piece.AsSpan(0, length));
        }
        catch (Exception over) when (over is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // It was ended; what it said until then is kept.
        }
    }
}
