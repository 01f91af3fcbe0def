using System.Security.Cryptography;
using Fangd.Server.Config;

namespace Fangd.Server.Audit;

/// <summary>
/// <c>audit.key</c> in the home. That it is there says that the chain has begun: an empty table is then no beginning but a loss. So a new
/// key gets its name only when the first entry is on the disk; until then it lies beside it as <c>audit.key.new</c>, and whatever dies in
/// between finds it there again.
/// </summary>
internal sealed class AuditKeyFile(string file, string databaseFile)
{
    private const int Bytes = 32;

    private readonly string _fresh = file + ".new";
    // Guards reading and making the key.
    private readonly Lock _gate = new();
    private AuditKey? _key;
    private volatile bool _isYoung;

    /// <summary>The chain may have no entry yet.</summary>
    public bool IsYoung => _isYoung;

    /// <summary>The key, made if there is none: to append.</summary>
    public AuditKey Open()
    {
        lock (_gate)
        {
            if (_key is not null || Read() is not null)
                return _key!;
            AtomicFile.Replace(_fresh, RandomNumberGenerator.GetBytes(Bytes));
            return Read()!;
        }
    }

    /// <summary>The key, or null when nothing was ever appended: to verify.</summary>
    public AuditKey? Find()
    {
        lock (_gate)
            return _key ?? Read();
    }

    /// <summary>Call when an entry is committed.</summary>
    public void Settle()
    {
        if (!_isYoung)
            return;
        lock (_gate)
        {
            if (!_isYoung)
                return;
            // The commit lies in the log, perhaps only in memory: it has to be on the disk before the name says so.
            if (new FileInfo(databaseFile + "-wal") is { Exists: true } log)
            {
                using var handle = File.OpenHandle(log.FullName, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
                RandomAccess.FlushToDisk(handle);
            }

            File.Move(_fresh, file, overwrite: false);
            _isYoung = false;
        }
    }

    private AuditKey? Read()
    {
        var isSettled = File.Exists(file);
        if (!isSettled && !File.Exists(_fresh))
            return null;
        var material = File.ReadAllBytes(isSettled ? file : _fresh);
        _key = new AuditKey(material);
        CryptographicOperations.ZeroMemory(material);
        _isYoung = !isSettled;
        return _key;
    }
}
