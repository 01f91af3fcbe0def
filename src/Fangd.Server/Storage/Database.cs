using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using SQLitePCL;

namespace Fangd.Server.Storage;

/// <summary>How much a commit survives.</summary>
public enum Durability
{
    /// <summary>Death of the process, at any moment.</summary>
    Normal,

    /// <summary>Loss of power too, at the price of one fsync a commit group.</summary>
    Full,
}

/// <summary>
/// The one SQLite file: write-ahead log, one writer with group commit, pooled read-only connections. Reads are synchronous and say so;
/// one that may take over 10 ms belongs into <see cref="Task.Run(Action)"/>.
/// </summary>
internal sealed class Database : IDisposable
{
    private const int MostIdleReaders = 4;

    private readonly string _file;
    private readonly WriteQueue _writes;
    private readonly SqlSession _writer;
    private readonly LogCheckpoints _checkpoints;
    private readonly ConcurrentBag<SqlSession> _readers = [];
    private volatile bool _isHealthy = true;

    private Database(string file, SqlSession writer, Durability durability, ILogger log)
    {
        _file = file;
        _writer = writer;
        _checkpoints = new LogCheckpoints(file, log);
        _writes = new WriteQueue(writer, durability == Durability.Normal, _checkpoints.AfterCommit);
    }

    public string FilePath => _file;

    public WriteQueue Writes => _writes;

    /// <summary>False once a read or write met a broken file or a full disk, until one succeeds again.</summary>
    public bool IsHealthy => _isHealthy;

    public long FileBytes => new FileInfo(_file) is { Exists: true } file ? file.Length : 0;

    /// <summary>Opens or creates the file and migrates it; a newer one than this binary knows is refused.</summary>
    public static Database Open(string file, Durability durability, ILogger log)
    {
        Batteries_V2.Init();
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var isNew = !File.Exists(file);
        if (isNew && !OperatingSystem.IsWindows())
            new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }).Dispose();
        SqlSession? writer = null;
        try
        {
            writer = new SqlSession(file, isReadOnly: false);
            // The order matters: the journal mode is a property of the file and wants the lock; the rest is this connection's.
            writer.Script("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -2000; PRAGMA wal_autocheckpoint = 0;");
            writer.Script(durability == Durability.Full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
            SchemaMigrations.Apply(writer, file, isNew, log);
            return new Database(file, writer, durability, log);
        }
        catch (SqlException broken)
        {
            writer?.Dispose();
            throw new InvalidDataException(
                $"the database {file} cannot be opened ({broken.Message}): put a backup in its place, or move it aside to start with an empty one", broken);
        }
        catch
        {
            writer?.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Runs in the writer's next transaction; the task ends when that is committed. The work may run twice when another of its group
    /// fails, so it must do nothing but SQL.
    /// </summary>
    public async Task<T> Write<T>(Func<SqlSession, T> work)
    {
        try
        {
            var result = await _writes.Add(work);
            _isHealthy = true;
            return result;
        }
        catch (SqlException failed) when (failed.Code is not 0 && !failed.IsUniqueViolation)
        {
            _isHealthy = false;
            throw;
        }
    }

    public Task Write(Action<SqlSession> work) => Write(sql =>
    {
        work(sql);
        return true;
    });

    /// <summary>As <see cref="Write(Action{SqlSession})"/>, for work that nobody waits for: it goes with the next transaction there is.</summary>
    public void WriteLater(Action<SqlSession> work, Action<Exception> failed) => _writes.AddLater(new LaterWrite(work, failed));

    public T Read<T>(Func<SqlSession, T> work)
    {
        if (!_readers.TryTake(out var reader))
            reader = OpenReader();
        try
        {
            return work(reader);
        }
        finally
        {
            if (_readers.Count < MostIdleReaders)
                _readers.Add(reader);
            else
                reader.Dispose();
        }
    }

    public void Dispose()
    {
        _writes.Dispose();
        _checkpoints.Dispose();
        foreach (var reader in _readers)
            reader.Dispose();
        try
        {
            _writer.Script("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch (SqlException)
        {
            // A reader of another process holds the log; it stays and is read at the next start.
        }

        _writer.Dispose();
    }

    private sealed class LaterWrite(Action<SqlSession> work, Action<Exception> failed) : WriteJob
    {
        public override void Run(SqlSession sql) => work(sql);

        public override void Committed()
        {
            // Nobody waits.
        }

        public override void Failed(Exception exception) => failed(exception);
    }

    private SqlSession OpenReader()
    {
        var reader = new SqlSession(_file, isReadOnly: true);
        reader.Script("PRAGMA temp_store = MEMORY; PRAGMA cache_size = -500; PRAGMA query_only = ON");
        return reader;
    }
}
