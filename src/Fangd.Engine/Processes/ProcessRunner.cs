using System.Text;
using Fangd.Engine.Processes.Confinement;

namespace Fangd.Engine.Processes;

/// <summary>
/// The one place where the daemon starts processes. Each gets a cleared environment, a session of its own, limits, and the walls of its
/// <see cref="Sandbox"/>; it dies with the daemon, and everything it started dies with it.
/// </summary>
public sealed class ProcessRunner : IDisposable
{
    /// <summary>How long an output is read on after the end: the pipe holds 64 KiB, and nobody is left to write.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(20);

    private readonly Func<string, string?> _variable;
    private readonly TimeProvider _time;
    private readonly string? _helper;
    private readonly ProcessParent _parent = new();

    /// <param name="variable">The daemon's environment.</param>
    /// <param name="time">Measures time-outs.</param>
    /// <param name="helper">The daemon's binary, which confines a child before the child's program begins; null to do without.</param>
    public ProcessRunner(Func<string, string?> variable, TimeProvider time, string? helper)
    {
        _variable = variable;
        _time = time;
        _helper = helper;
        SearchPath = ChildEnvironment.Folders(variable);
    }

    /// <summary>Where programs are looked up by name.</summary>
    public IReadOnlyList<string> SearchPath { get; }

    /// <summary>What a sandbox is worth on this machine.</summary>
    public SandboxStatus Sandbox => SandboxStatus.Probe(_helper);

    /// <summary>
    /// Runs to the end, however it comes. <see cref="ProcessException"/> when it cannot be started; a cancellation kills it with everything
    /// it started and throws.
    /// </summary>
    public async Task<ProcessResult> Run(ProcessSpec spec, CancellationToken cancellation)
    {
        await using var child = await Start(spec, cancellation);
        var watch = new OutputWatch(child, spec.Limits, _time);
        var ending = await watch.WaitForEnd(cancellation);
        if (ending != ProcessEnding.Own)
            await child.Kill(ChildProcess.Grace);
        var exit = await child.Exited;
        var (output, error) = await watch.Finish(LastWords);
        return new ProcessResult(exit, ending, output, error);
    }

    /// <summary>Starts a process that lives beside the daemon's work; whoever starts it disposes it.</summary>
    public async Task<ChildProcess> Start(ProcessSpec spec, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var pipes = new ChildPipes(spec.HasInput, _helper is not null);
        var environment = ChildEnvironment.Of(spec, _variable);
        var order = _helper is null
            ? new SpawnOrder(spec.FileName, [spec.FileName, .. spec.Arguments], environment, spec.WorkingDirectory, pipes.ChildEnds)
            : new SpawnOrder(_helper, ChildOrder.Write(_helper, spec), environment, null, pipes.ChildEnds);
        ChildProcess child;
        try
        {
            child = new ChildProcess(await _parent.Spawn(order), pipes, _time);
        }
        catch
        {
            pipes.Input?.Dispose();
            pipes.Output.Dispose();
            pipes.Error.Dispose();
            pipes.Report?.Dispose();
            throw;
        }
        pipes.Dispose();
        if (pipes.Report is null)
            return child;
        try
        {
            await using (pipes.Report)
                await HearOfStart(pipes.Report, spec, cancellation);
            return child;
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills all children.</summary>
    public void Dispose() => _parent.Dispose();

    /// <summary>The pipe says that all is ready and closes when the program begins, or says why the program does not.</summary>
    private async Task HearOfStart(Stream report, ProcessSpec spec, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(StartTime, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        var text = new byte[512];
        try
        {
            var length = await report.ReadAtLeastAsync(text, text.Length, throwOnEndOfStream: false, either.Token);
            if (length != 1 || text[0] != ChildEntry.Ready)
            {
                var words = Encoding.UTF8.GetString(text, 0, length).TrimStart((char)ChildEntry.Ready);
                var reason = words.Length > 0 ? words : "the daemon's own program failed before it";
                throw new ProcessException($"{spec.FileName} cannot be started: {reason}");
            }
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            throw new ProcessException($"{spec.FileName} did not start within {StartTime.TotalSeconds} s");
        }
    }
}
