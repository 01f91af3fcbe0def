namespace Fangd.TestKit;

/// <summary>Lets a test decide when a scripted model goes on: the model stops at the gate until the test lets it through.</summary>
public sealed class ModelGate
{
    private readonly Lock guard = new(); // guards every field below
    private readonly Queue<TaskCompletionSource> waiting = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> watchers = [];
    private int arrived;
    private int permits;
    private bool open;

    /// <summary>Lets the next <paramref name="count"/> arrivals through, also those yet to come.</summary>
    public void Release(int count = 1)
    {
        lock (guard)
        {
            permits += count;
            Admit();
        }
    }

    /// <summary>Lets everything through from now on.</summary>
    public void Open()
    {
        lock (guard)
        {
            open = true;
            Admit();
        }
    }

    /// <summary>Completes when the model has come to the gate for the <paramref name="arrival"/>th time, counted from 1.</summary>
    public Task Reached(int arrival, CancellationToken cancel)
    {
        lock (guard)
        {
            if (arrived >= arrival)
                return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            watchers.Add((arrival, reached));
            return reached.Task.WaitAsync(cancel);
        }
    }

    internal Task Pass(CancellationToken cancel)
    {
        var admitted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (guard)
        {
            arrived++;
            foreach (var (_, reached) in watchers.Where(watcher => watcher.Count <= arrived))
                reached.TrySetResult();
            watchers.RemoveAll(watcher => watcher.Count <= arrived);
            waiting.Enqueue(admitted);
            Admit();
        }
        return PassOrLeave(admitted, cancel);
    }

    private static async Task PassOrLeave(TaskCompletionSource admitted, CancellationToken cancel)
    {
        // A waiter that leaves is marked, so that no permit is spent on it.
        await using var left = cancel.UnsafeRegister(_ => admitted.TrySetCanceled(cancel), null);
        await admitted.Task;
    }

    private void Admit()
    {
        while (waiting.Count > 0 && (open || permits > 0))
        {
            if (waiting.Dequeue().TrySetResult() && !open)
                permits--;
        }
    }
}
