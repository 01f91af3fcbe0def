namespace Fangd.Engine.Processes;

/// <summary>
/// A process that runs, with pipes that never block a thread. Disposing kills it with everything it started.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>How long a process has between SIGTERM and SIGKILL when nothing else is said.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    private readonly StartedProcess _process;
    private readonly TimeProvider _time;

    internal ChildProcess(StartedProcess process, ChildPipes pipes, TimeProvider time)
    {
        _process = process;
        _time = time;
        Input = pipes.Input ?? Stream.Null;
        Output = pipes.Output;
        Error = pipes.Error;
    }

    /// <summary>The process number; it may be another's once <see cref="Exited"/> is done.</summary>
    public int Id => _process.Id;

    /// <summary>Its standard input; disposing ends it. Takes and loses everything when none was asked for.</summary>
    public Stream Input { get; }

    /// <summary>Its standard output: read it, or the process stops when the pipe is full (64 KiB).</summary>
    public Stream Output { get; }

    public Stream Error { get; }

    /// <summary>Done once the process and all that it started are gone. Never fails.</summary>
    public Task<ProcessExit> Exited => _process.Ended.Task;

    /// <summary>SIGTERM to its group, and after the grace SIGKILL to all of its session.</summary>
    public async Task<ProcessExit> Kill(TimeSpan grace)
    {
        if (grace > TimeSpan.Zero)
        {
            _process.Signal(SpawnCalls.Sigterm);
            using var inTime = new CancellationTokenSource();
            await Task.WhenAny(Exited, Task.Delay(grace, _time, inTime.Token));
            await inTime.CancelAsync();
        }
        if (!Exited.IsCompleted)
            _process.KillSession();
        return await Exited;
    }

    public async ValueTask DisposeAsync()
    {
        await Kill(TimeSpan.Zero);
        await Input.DisposeAsync();
        await Output.DisposeAsync();
        await Error.DisposeAsync();
    }
}
