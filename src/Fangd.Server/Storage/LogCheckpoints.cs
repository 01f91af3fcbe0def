using Microsoft.Extensions.Logging;

namespace Fangd.Server.Storage;

/// <summary>
/// Moves what the write-ahead log holds into the database file, on a thread and a connection of its own: it syncs the disk, which takes
/// long on a memory card, and no request may wait for that.
/// </summary>
internal sealed partial class LogCheckpoints : IDisposable
{
    /// <summary>How often the log's size is looked at, in commits.</summary>
    private const int LookEvery = 64;

    /// <summary>A log larger than this is moved.</summary>
    private const long Enough = 4 * 1024 * 1024;

    private readonly string _file;
    private readonly ILogger _log;
    private readonly AutoResetEvent _wanted = new(false);
    private readonly Thread _thread;
    private volatile bool _isClosed;

    public LogCheckpoints(string file, ILogger log)
    {
        _file = file;
        _log = log;
        _thread = new Thread(Work, 256 * 1024) { IsBackground = true, Name = "database checkpoints" };
        _thread.Start();
    }

    public void AfterCommit(long commits)
    {
        if (commits % LookEvery == 0 && new FileInfo(_file + "-wal") is { Exists: true, Length: > Enough })
            _wanted.Set();
    }

    public void Dispose()
    {
        _isClosed = true;
        _wanted.Set();
        _thread.Join();
        _wanted.Dispose();
    }

    private void Work()
    {
        SqlSession? sql = null;
        while (true)
        {
            _wanted.WaitOne();
            if (_isClosed)
                break;
            try
            {
                sql ??= new SqlSession(_file, isReadOnly: false);
                sql.Script("PRAGMA wal_checkpoint(PASSIVE)");
            }
            catch (SqlException failed)
            {
                Failed(failed.Message);
            }
        }

        sql?.Dispose();
    }

    [LoggerMessage(LogLevel.Warning, "The database log could not be moved into the file and goes on growing: {Reason}")]
    private partial void Failed(string reason);
}
