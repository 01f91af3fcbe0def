namespace Fangd.Protocols.Llm;

/// <summary>
/// The clock of one call: its token is cancelled by the run or by a wait that lasts too long. Only waiting is timed, so that a slow reader
/// of the events is not taken for a slow provider.
/// </summary>
internal sealed class LlmWatch : IDisposable
{
    // CancellationTokenSource takes no more than this; it stands for "never".
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    private readonly CancellationTokenSource source;
    private readonly CancellationTokenRegistration registration;
    private readonly CancellationToken run;

    /// <summary>Starts with a wait of at most <paramref name="firstWait"/>.</summary>
    public LlmWatch(TimeSpan firstWait, TimeProvider time, CancellationToken run)
    {
        // With a finite delay, or the source would make its later timers on the system's clock.
        source = new CancellationTokenSource(Bounded(firstWait), time);
        this.run = run;
        registration = run.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), source);
    }

    public CancellationToken Token => source.Token;

    /// <summary>Whether a wait ran out, rather than the run being cancelled.</summary>
    public bool IsExpired => source.IsCancellationRequested && !run.IsCancellationRequested;

    public void Wait(TimeSpan most) => source.CancelAfter(Bounded(most));

    public void Rest() => source.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        registration.Dispose();
        source.Dispose();
    }

    private static TimeSpan Bounded(TimeSpan wait) => wait <= TimeSpan.Zero || wait > Longest ? Longest : wait;
}
