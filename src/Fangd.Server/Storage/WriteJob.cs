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
    // The continuation must not run inside the commit: the next group waits for it.
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public Task<T> Done => _done.Task;

    public override void Run(SqlSession sql) => _result = work(sql);

    public override void Committed() => _done.TrySetResult(_result);

    public override void Failed(Exception exception) => _done.TrySetException(exception);
}
