using System.Text;
using Fangd.Blake3;
using Fangd.Engine.Audit;
using Fangd.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Audit;

/// <summary>
/// Appends to the chain. The place of an entry is worked out inside the write, from the anchor that the writer sees, and entry and anchor
/// are committed together: nothing in memory can run ahead of a write that failed or is run again, and a death at any moment leaves both or
/// neither.
/// </summary>
internal sealed partial class AuditChain(Database database, AuditKeyFile keys, TimeProvider time, ILogger<AuditChain> log) : IAuditTrail
{
    /// <summary>Longest detail, in characters.</summary>
    private const int MostDetail = 1000;

    private const int MostWord = 100;

    // Only the writer's work uses them, and the writer does one thing at a time.
    private readonly AuditHasher _hasher = new();
    private readonly byte[] _utf8 = new byte[AuditHasher.LongestField];
    private AuditAnchor? _newest;

    /// <summary>The newest entry that this process has seen committed. An older state of the whole database, put in its place, lacks it.</summary>
    public AuditAnchor? Newest => Volatile.Read(ref _newest);

    public async ValueTask Record(AuditEntry entry)
    {
        var line = Line(entry);
        var key = keys.Open();
        var tip = await database.Write(sql => Append(sql, key, line));
        while (Newest is var before && (before is null || before.Seq < tip.Seq))
            Interlocked.CompareExchange(ref _newest, tip, before);
        keys.Settle();
    }

    public void RecordLater(AuditEntry entry)
    {
        var line = Line(entry);
        try
        {
            var key = keys.Open();
            database.WriteLater(sql => Append(sql, key, line), failed => Lost(line.Action, line.Detail, failed));
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            Lost(line.Action, line.Detail, failed);
        }
    }

    private AuditLine Line(AuditEntry entry) => new(
        time.GetUtcNow().ToUnixTimeMilliseconds(),
        AuditWords.Name(entry.Action),
        entry.AgentId is null ? null : AuditText.OneLine(entry.AgentId, MostWord),
        AuditText.OneLine(entry.Detail, MostDetail),
        AuditText.OneLine(entry.Outcome, MostWord));

    private AuditAnchor Append(SqlSession sql, AuditKey key, AuditLine line)
    {
        var tip = AuditAnchor.Find(sql, AuditAnchor.Tip);
        if (tip is null || !key.HasSigned(tip))
            tip = Unsigned(sql, key);
        var seq = tip.Seq + 1;
        var hash = Hash(tip.Hash, seq, line);
        sql.Execute(
            "INSERT INTO audit_entries (seq, at, action, agent_id, detail, outcome, hash) VALUES ($seq, $at, $action, $agent, $detail, $outcome, $hash)",
            seq, line.At, line.Action, line.AgentId, line.Detail, line.Outcome, (ReadOnlyMemory<byte>)hash);
        // Without a signature before there is none after: going on must not vouch for what was done to the chain.
        var next = tip.Mac.Length > 0 ? key.Sign(AuditAnchor.Tip, seq, hash) : new AuditAnchor(AuditAnchor.Tip, seq, hash, []);
        next.Save(sql);
        return next;
    }

    /// <summary>Where to go on when the anchor is not ours: at the beginning if there was none, else behind what is there.</summary>
    private AuditAnchor Unsigned(SqlSession sql, AuditKey key)
    {
        if (AuditAnchor.FindLast(sql) is { } last)
            return last;
        var genesis = AuditHasher.Genesis.ToArray();
        return keys.IsYoung ? key.Sign(AuditAnchor.Tip, 0, genesis) : new AuditAnchor(AuditAnchor.Tip, 0, genesis, []);
    }

    private byte[] Hash(byte[] previous, long seq, AuditLine line)
    {
        _hasher.Begin(previous, seq, line.At);
        Add(line.Action);
        if (line.AgentId is { } agent)
            Add(agent);
        else
            _hasher.AddAbsent();
        Add(line.Detail);
        Add(line.Outcome);
        var hash = new byte[Blake3Hash.Size];
        _hasher.Finish(hash);
        return hash;
    }

    private void Add(string field) => _hasher.Add(_utf8.AsSpan(0, Encoding.UTF8.GetBytes(field, _utf8)));

    [LoggerMessage(LogLevel.Error, "The audit entry {Action} ({Detail}) could not be stored.")]
    private partial void Lost(string action, string detail, Exception failed);

    /// <summary>An entry as it is stored, but for its place.</summary>
    private sealed record AuditLine(long At, string Action, string? AgentId, string Detail, string Outcome);
}
