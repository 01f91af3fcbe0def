namespace Fangd.TestKit;

/// <summary>
/// The real clock, on which pauses of less than five seconds are a hundred times shorter: the waits between the tries of a model call
/// cost a test nothing, while every limit that guards against silence keeps its length.
/// </summary>
public sealed class BriefPauses : TimeProvider
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(5);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime > TimeSpan.Zero && dueTime < Long ? dueTime / 100 : dueTime, period);
}
