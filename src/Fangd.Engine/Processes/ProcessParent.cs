namespace Fangd.Engine.Processes;

/// <summary>
/// The thread that is the parent of all child processes: it starts them and sees them end. One thread for all of them, because Linux ends a
/// child with the <em>thread</em> that started it when the child asked to die with its parent; a thread of the pool may go at any time.
/// It sleeps in poll(2) while nothing happens, and is made with the first child.
/// </summary>
internal sealed class ProcessParent : IDisposable
{
    private readonly Lock _guard = new(); // guards _orders, _thread, _wake and _isOver
    private readonly Queue<SpawnOrder> _orders = [];
    private readonly Dictionary<int, StartedProcess> _children = []; // by descriptor; the thread's own
    private OrphanGuard? _guardian; // the thread's own
    private Thread? _thread;
    private int _wake; // a counter that is raised for new orders; there with the thread
    private bool _isOver;

    /// <summary>Starts a process; its exit is known once it and all of its session are gone.</summary>
    public Task<StartedProcess> Spawn(SpawnOrder order)
    {
        lock (_guard)
        {
            if (_isOver)
                throw new ProcessException("the daemon is stopping");
            _orders.Enqueue(order);
            if (_thread is null)
            {
                _wake = SpawnCalls.OpenCounter();
                _thread = new Thread(Live, 256 * 1024) { IsBackground = true, Name = "processes" };
                _thread.Start();
            }
        }
        SpawnCalls.Raise(_wake);
        return order.Started.Task;
    }

    /// <summary>Kills every child with its session and waits until they are gone.</summary>
    public void Dispose()
    {
        lock (_guard)
        {
            if (_isOver)
                return;
            _isOver = true;
            if (_thread is null)
                return;
        }
        SpawnCalls.Raise(_wake);
        _thread.Join();
        SpawnCalls.Close(_wake);
    }

    private void Live()
    {
        while (true)
        {
            int[] descriptors = [_wake, .. _children.Keys];
            Span<bool> ready = new bool[descriptors.Length];
            SpawnCalls.WaitForAny(descriptors, ready);
            for (var i = 1; i < descriptors.Length; i++)
            {
                if (ready[i])
                    End(descriptors[i]);
            }
            if (ready[0] && !Obey())
                return;
        }
    }

    /// <summary>Takes what was ordered meanwhile; false when all is over.</summary>
    private bool Obey()
    {
        SpawnCalls.Lower(_wake);
        while (true)
        {
            SpawnOrder? order;
            lock (_guard)
            {
                if (!_orders.TryDequeue(out order))
                {
                    if (!_isOver)
                        return true;
                    break;
                }
            }
            Start(order);
        }
        foreach (var (descriptor, process) in _children.ToList())
        {
            process.Signal(SpawnCalls.Sigkill);
            End(descriptor);
        }
        _guardian?.Dispose();
        return false;
    }

    private void Start(SpawnOrder order)
    {
        using var arguments = new NativeStrings(order.Arguments);
        using var environment = new NativeStrings(order.Environment);
        var error = SpawnCalls.Spawn(order.Path, arguments, environment, order.Folder, order.Files, out var pid);
        if (error != 0)
        {
            order.Started.SetException(new ProcessException($"{order.Path} cannot be started ({ErrorWords.Of(error)})"));
            return;
        }
        var descriptor = SpawnCalls.OpenProcess(pid);
        var process = new StartedProcess(pid);
        if (descriptor < 0)
        {
            process.Signal(SpawnCalls.Sigkill);
            SpawnCalls.Reap(pid);
            order.Started.SetException(new ProcessException("processes need Linux 5.3 or newer (pidfd_open)"));
            return;
        }
        (_guardian ??= new OrphanGuard()).Add(pid);
        _children.Add(descriptor, process);
        order.Started.SetResult(process);
    }

    private void End(int descriptor)
    {
        if (!_children.Remove(descriptor, out var process))
            return;
        // Blocks only for one that was just killed.
        var exit = SpawnCalls.Look(process.Id);
        // While the zombie holds the number nothing foreign can have it, so this is the moment for what it left behind.
        ProcessSession.EndMembers(process.Id);
        process.Bury();
        _guardian?.Remove(process.Id);
        SpawnCalls.Close(descriptor);
        process.Ended.SetResult(exit);
    }
}

/// <summary>What to start. The files become descriptors 0, 1, 2, …; the folder is null where the program changes to it by itself.</summary>
internal sealed record SpawnOrder(string Path, IReadOnlyList<string> Arguments, IReadOnlyList<string> Environment, string? Folder, int[] Files)
{
    public TaskCompletionSource<StartedProcess> Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
