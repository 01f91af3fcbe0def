using Fangd.Server.Events;
using Fangd.Server.Runs;
using Fangd.Server.Usage;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Health;

/// <summary>Keeps what grows by itself small: old rows of runs, events and model calls, in batches, every hour.</summary>
/// <param name="events">Old events go.</param>
/// <param name="runs">Old runs go.</param>
/// <param name="usage">Old calls and hours go.</param>
/// <param name="chores">What else features have to do from time to time; one that fails holds up none of the others.</param>
/// <param name="health">Told of failures.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Told of failures.</param>
internal sealed partial class Housekeeping(
    EventLog events, RunStore runs, UsageStore usage, IReadOnlyList<Func<Task>> chores, DaemonHealth health, TimeProvider time, ILogger<Housekeeping> log)
{
    private const int Batch = 5000;

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);
    private static readonly TimeSpan RunsKept = TimeSpan.FromDays(30);
    private static readonly TimeSpan CallsKept = TimeSpan.FromDays(30);
    private static readonly TimeSpan HoursKept = TimeSpan.FromDays(8);

    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;

    public void Start() => _loop = Loop(_stopping.Token);

    public async Task Stop()
    {
        await _stopping.CancelAsync();
        await _loop;
        _stopping.Dispose();
    }

    private async Task Loop(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
                await Tidy();
        }
        catch (OperationCanceledException)
        {
            // The daemon stops.
        }
    }

    private async Task Tidy()
    {
        await Do(PruneRows);
        foreach (var chore in chores)
            await Do(chore);
    }

    private async Task PruneRows()
    {
        await events.Prune();
        while (await runs.Prune(time.GetUtcNow() - RunsKept, Batch) == Batch)
        {
        }

        while (await usage.PruneCalls(time.GetUtcNow() - CallsKept, Batch) == Batch)
        {
        }

        await usage.PruneHours(time.GetUtcNow() - HoursKept);
    }

    private async Task Do(Func<Task> chore)
    {
        try
        {
            await chore();
        }
        catch (Exception failed)
        {
            health.CountPanic();
            Failed(failed);
        }
    }

    [LoggerMessage(LogLevel.Error, "Tidying up failed; the next try is in an hour.")]
    private partial void Failed(Exception failed);
}
