namespace Fangd.Server.Storage;

/// <summary>
/// The one writer. Everything that waits is committed in one transaction, and each caller is released when that commit is done: under
/// load the cost of a commit is shared, alone nobody waits for company.
/// </summary>
/// <remarks>
/// There is no writer thread. Whoever comes while nobody commits, commits: its own work and what waits with it, then hands the rest to the
/// pool. A message writes twice, and each hand-over to another thread and back cost more than the commit itself. That is sound because a
/// commit only copies into the log's page cache; where it has to reach the disk (durability full) the pool always does it.
/// </remarks>
internal sealed class WriteQueue : IThreadPoolWorkItem, IDisposable
{
    /// <summary>Callers beyond this wait for a slot; nothing is dropped.</summary>
    private const int Capacity = 4096;

    /// <summary>Most jobs in one transaction.</summary>
    private const int GroupSize = 256;

    /// <summary>How long work that nobody waits for may lie until it is committed on its own account.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromMilliseconds(200);

    private readonly SqlSession _sql;
    private readonly bool _commitsInline;
    private readonly Action<long> _committed;
    private readonly SemaphoreSlim _slots = new(Capacity);
    private readonly List<WriteJob> _group = new(GroupSize);
    // Guards the waiting jobs and who commits. The session and the group belong to whoever set _isCommitting.
    private readonly Lock _gate = new();
    private readonly Queue<WriteJob> _waiting = new();
    private readonly Queue<WriteJob> _later = new();
    private readonly Timer _restEnds;
    private bool _isResting;
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isCommitting;
    private bool _isClosed;
    private long _commits;
    private long _jobs;

    /// <param name="sql">The writing connection; the queue's alone.</param>
    /// <param name="commitsInline">Commits may happen on the caller's thread.</param>
    /// <param name="committed">Told the number of commits after each.</param>
    public WriteQueue(SqlSession sql, bool commitsInline, Action<long> committed)
    {
        _sql = sql;
        _commitsInline = commitsInline;
        _committed = committed;
        _restEnds = new Timer(static queue => ((WriteQueue)queue!).EndRest(), this, Timeout.Infinite, Timeout.Infinite);
    }

    public long Commits => Interlocked.Read(ref _commits);

    public long Jobs => Interlocked.Read(ref _jobs);

    public int Depth => Capacity - _slots.CurrentCount;

    public Task<T> Add<T>(Func<SqlSession, T> work)
    {
        var job = new WriteJob<T>(work);
        if (!_slots.Wait(0))
            return WhenThereIsRoom(job);
        Enqueue(job);
        return job.Done;
    }

    /// <summary>
    /// Adds work that nobody waits for: it goes with the next transaction there is, so that it costs no commit of its own, or by itself
    /// a moment later. It is committed before any work that is added after it.
    /// </summary>
    public void AddLater(WriteJob job)
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                _later.Enqueue(job);
                if (!_isResting)
                    _restEnds.Change(LongestRest, Timeout.InfiniteTimeSpan);
                _isResting = true;
                return;
            }
        }

        job.Failed(new ObjectDisposedException("database", "the daemon is shutting down"));
    }

    /// <summary>Takes no more work and returns when all that was taken is committed.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            if (!_isCommitting && _later.Count == 0)
                _idle.TrySetResult();
        }

        EndRest();
        _idle.Task.Wait();
        _restEnds.Dispose();
    }

    void IThreadPoolWorkItem.Execute() => CommitGroup();

    private async Task<T> WhenThereIsRoom<T>(WriteJob<T> job)
    {
        await _slots.WaitAsync();
        Enqueue(job);
        return await job.Done;
    }

    private void Enqueue(WriteJob job)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                _slots.Release();
                job.Failed(new ObjectDisposedException("database", "the daemon is shutting down"));
                return;
            }

            _waiting.Enqueue(job);
            if (_isCommitting)
                return;
            _isCommitting = true;
        }

        if (_commitsInline)
            CommitGroup();
        else
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Commits what nobody waits for, unless a commit is under way: that takes it along, or the next.</summary>
    private void EndRest()
    {
        lock (_gate)
        {
            _isResting = false;
            if (_isCommitting || _later.Count == 0)
                return;
            _isCommitting = true;
        }

        CommitGroup();
    }

    private void CommitGroup()
    {
        var slots = 0;
        lock (_gate)
        {
            while (_group.Count < GroupSize && _later.TryDequeue(out var later))
                _group.Add(later);
            while (_group.Count < GroupSize && _waiting.TryDequeue(out var job))
            {
                _group.Add(job);
                slots++;
            }
        }

        Commit(_group);
        if (slots > 0)
            _slots.Release(slots);
        _group.Clear();
        lock (_gate)
        {
            // What came during the commit and whose rest has ended meanwhile has no timer any more.
            if (_waiting.Count == 0 && (_later.Count == 0 || (_isResting && !_isClosed)))
            {
                _isCommitting = false;
                if (_isClosed)
                    _idle.TrySetResult();
                return;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
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

        var commits = Interlocked.Increment(ref _commits);
        Interlocked.Add(ref _jobs, group.Count);
        foreach (var job in group)
            job.Committed();
        _committed(commits);
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
