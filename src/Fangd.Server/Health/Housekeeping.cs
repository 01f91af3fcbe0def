using Fangd.Server.Events;
using Fangd.Server.Runs;
using Fangd.Server.Usage;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Health;

/// <summary>Keeps what grows by itself small: old rows of runs, events and model calls, in batches, every hour.</summary>
internal sealed partial class Housekeeping(
    EventLog events, RunStore runs, UsageStore usage, IReadOnlyList<IHousework> features, DaemonHealth health, TimeProvider time, ILogger<Housekeeping> log)
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
            {
                await Tidy(Core);
                foreach (var feature in features)
                    await Tidy(feature.Tidy);
            }
        }
        catch (OperationCanceledException)
        {
            // The daemon stops.
        }
    }

    /// <summary>One that fails keeps none of the others from being done.</summary>
    private async Task Tidy(Func<CancellationToken, Task> work)
    {
        try
        {
            await work(_stopping.Token);
        }
        catch (Exception failed) when (!_stopping.IsCancellationRequested)
        {
            health.CountPanic();
            Failed(failed);
        }
    }

    private async Task Core(CancellationToken stopping)
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

    [LoggerMessage(LogLevel.Error, "Tidying up failed; the next try is in an hour.")]
    private partial void Failed(Exception failed);
}
