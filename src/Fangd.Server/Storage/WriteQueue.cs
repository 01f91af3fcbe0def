namespace Fangd.Server.Storage;

/// <summary>One unit of work for the writer: runs inside its transaction and is told when that is committed.</summary>
internal abstract class WriteJob
{
    public abstract void Run(SqlSession sql);

    public abstract void Committed();

    public abstract void Failed(Exception exception);
}

internal sealed class WriteJob<T>(Func<SqlSession, T> work) : WriteJob
{
    // The continuation must not run on the writer's thread: the next group waits for it.
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public Task<T> Done => _done.Task;

    public override void Run(SqlSession sql) => _result = work(sql);

    public override void Committed() => _done.TrySetResult(_result);

    public override void Failed(Exception exception) => _done.TrySetException(exception);
}

/// <summary>
/// The one writer. Everything that waits is committed in one transaction, and each caller is released when that commit is done: under
/// load the cost of a commit is shared, alone nobody waits for company. Work runs on a thread of its own because SQLite blocks.
/// </summary>
internal sealed class WriteQueue : IDisposable
{
    /// <summary>Callers beyond this wait for a slot; nothing is dropped.</summary>
    private const int Capacity = 4096;

    /// <summary>Most jobs in one transaction.</summary>
    private const int GroupSize = 256;

    private readonly SqlSession _sql;
    private readonly Queue<WriteJob> _waiting = new();
    private readonly SemaphoreSlim _slots = new(Capacity);
    private readonly Thread _thread;
    private bool _isClosed;
    private long _commits;
    private long _jobs;

    public WriteQueue(SqlSession sql)
    {
        _sql = sql;
        _thread = new Thread(Work, 256 * 1024) { IsBackground = true, Name = "database writer" };
        _thread.Start();
    }

    public long Commits => Interlocked.Read(ref _commits);

    public long Jobs => Interlocked.Read(ref _jobs);

    public int Depth => Capacity - _slots.CurrentCount;

    public Task<T> Add<T>(Func<SqlSession, T> work)
    {
        var job = new WriteJob<T>(work);
        if (_slots.Wait(0))
        {
            Enqueue(job);
            return job.Done;
        }

        return WhenThereIsRoom(job);
    }

    /// <summary>Finishes what waits, then ends the thread.</summary>
    public void Dispose()
    {
        lock (_waiting)
        {
            _isClosed = true;
            Monitor.Pulse(_waiting);
        }

        _thread.Join();
    }

    private async Task<T> WhenThereIsRoom<T>(WriteJob<T> job)
    {
        await _slots.WaitAsync();
        Enqueue(job);
        return await job.Done;
    }

    private void Enqueue(WriteJob job)
    {
        lock (_waiting)
        {
            if (!_isClosed)
            {
                _waiting.Enqueue(job);
                Monitor.Pulse(_waiting);
                return;
            }
        }

        _slots.Release();
        job.Failed(new ObjectDisposedException("database", "the daemon is shutting down"));
    }

    private void Work()
    {
        var group = new List<WriteJob>(GroupSize);
        while (Next(group))
        {
            Commit(group);
            _slots.Release(group.Count);
            group.Clear();
        }
    }

    private bool Next(List<WriteJob> group)
    {
        lock (_waiting)
        {
            while (_waiting.Count == 0)
            {
                if (_isClosed)
                    return false;
                Monitor.Wait(_waiting);
            }

            while (group.Count < GroupSize && _waiting.TryDequeue(out var job))
                group.Add(job);
            return true;
        }
    }

    private void Commit(List<WriteJob> group)
    {
        try
        {
            _sql.Execute("BEGIN IMMEDIATE");
            foreach (var job in group)
                job.Run(_sql);
            _sql.Execute("COMMIT");
        }
        catch (Exception failed)
        {
            Rollback();
            if (group.Count == 1)
            {
                group[0].Failed(failed);
                return;
            }

            // One of them spoilt the group: each again by itself, so that the others are not its victims.
            var alone = new List<WriteJob>(1);
            foreach (var job in group)
            {
                alone.Add(job);
                Commit(alone);
                alone.Clear();
            }

            return;
        }

        Interlocked.Increment(ref _commits);
        Interlocked.Add(ref _jobs, group.Count);
        foreach (var job in group)
            job.Committed();
    }

    private void Rollback()
    {
        try
        {
            _sql.Execute("ROLLBACK");
        }
        catch (SqlException)
        {
            // SQLite has rolled back by itself (disk full, I/O error): no transaction is open any more.
        }
    }
}
