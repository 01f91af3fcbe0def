using Fangd.Blake3;
using Fangd.Server.Storage;

namespace Fangd.Server.Audit;

/// <summary>A place in the chain that is vouched for outside of it: its number and the hash of the entry there.</summary>
internal sealed record AuditAnchor(string Name, long Seq, byte[] Hash, byte[] Mac)
{
    public const string Tip = "tip";
    public const string Checkpoint = "checkpoint";

    public static AuditAnchor? Find(SqlSession sql, string name) => sql.One(
        "SELECT seq, hash, mac FROM audit_anchors WHERE name = $name",
        r => new AuditAnchor(name, r.Whole(0), HashOf(r.Bytes(1)), r.Bytes(2).ToArray()),
        name);

    /// <summary>The newest entry, whatever it is; nobody vouches for it.</summary>
    public static AuditAnchor? FindLast(SqlSession sql) => sql.One(
        "SELECT seq, hash FROM audit_entries ORDER BY seq DESC LIMIT 1", r => new AuditAnchor(Tip, r.Whole(0), HashOf(r.Bytes(1)), []));

    public void Save(SqlSession sql) => sql.Execute(
        """
        INSERT INTO audit_anchors (name, seq, hash, mac) VALUES ($name, $seq, $hash, $mac)
        ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, mac = excluded.mac
        """,
        Name, Seq, (ReadOnlyMemory<byte>)Hash, (ReadOnlyMemory<byte>)Mac);

    /// <summary>What has another length was not written by the daemon and is no hash; nothing fits it then.</summary>
    private static byte[] HashOf(ReadOnlySpan<byte> stored) => stored.Length == Blake3Hash.Size ? stored.ToArray() : new byte[Blake3Hash.Size];
}
