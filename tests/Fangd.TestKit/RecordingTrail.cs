using Fangd.Engine.Audit;

namespace Fangd.TestKit;

/// <summary>Keeps what is taken down, in order.</summary>
public sealed class RecordingTrail : IAuditTrail
{
    private readonly Lock _lock = new();
    private readonly List<AuditEntry> _entries = [];

    public IReadOnlyList<AuditEntry> Entries
    {
        get
        {
            lock (_lock)
                return [.. _entries];
        }
    }

    public ValueTask Record(AuditEntry entry)
    {
        RecordLater(entry);
        return ValueTask.CompletedTask;
    }

    public void RecordLater(AuditEntry entry)
    {
        lock (_lock)
            _entries.Add(entry);
    }
}
