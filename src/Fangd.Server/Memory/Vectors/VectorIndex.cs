using System.Runtime.InteropServices;
using Fangd.Server.Memory.Items;
using Fangd.Server.Storage;

namespace Fangd.Server.Memory.Vectors;

/// <summary>
/// Finds memories by the nearness of their vectors: a scan of the codes, chunk by chunk straight from the database, then the exact cosine
/// of the best. Nothing is kept in memory between searches: 100,000 vectors of 384 numbers are 38 MB of codes, which SQLite hands over in
/// 10 ms, and a small board has better use for 38 MB.
/// </summary>
internal static class VectorIndex
{
    /// <summary>Keys in one chunk; its number is the key without its lowest 8 bits.</summary>
    public const int ChunkKeys = 256;

    /// <summary>How many of the scan's best are compared exactly.</summary>
    private const int Candidates = 200;

    /// <summary>The nearest first: the key and its cosine, -1 to 1. Vectors of another length than the question's are left out.</summary>
    public static List<ScoredKey> Find(SqlSession sql, float[] question, KeyRange range, int most)
    {
        var candidates = Scan(sql, question, range);
        var best = new TopKeys(most);
        foreach (var candidate in candidates.Sorted())
        {
            if (sql.One("SELECT vector FROM memory_vectors WHERE key = $key", r => r.Bytes(0).ToArray(), candidate.Key) is { } bytes
                && bytes.Length == question.Length * sizeof(float))
                best.Offer(candidate.Key, DotProduct.Of(MemoryMarshal.Cast<byte, float>(bytes), question));
        }

        return best.Sorted();
    }

    /// <summary>Writes a chunk anew from its vectors.</summary>
    public static void WriteChunk(SqlSession sql, long chunk)
    {
        var (members, vectors) = (new List<byte>(ChunkKeys), new List<float[]>(ChunkKeys));
        sql.Each(
            "SELECT key, vector FROM memory_vectors WHERE key BETWEEN $first AND $last",
            r =>
            {
                members.Add((byte)(r.Whole(0) & (ChunkKeys - 1)));
                vectors.Add(MemoryMarshal.Cast<byte, float>(r.Bytes(1)).ToArray());
                return true;
            },
            chunk << 8, (chunk << 8) | (ChunkKeys - 1));
        if (vectors.Count == 0)
            return;
        var length = vectors[0].Length;
        var stride = sizeof(float) + length;
        var codes = new byte[vectors.Count * stride];
        for (var i = 0; i < vectors.Count; i++)
        {
            var place = codes.AsSpan(i * stride, stride);
            var scale = vectors[i].Length == length ? VectorCode.Write(vectors[i], MemoryMarshal.Cast<byte, sbyte>(place[sizeof(float)..])) : 0;
            MemoryMarshal.Write(place, scale);
        }

        sql.Execute(
            "INSERT OR REPLACE INTO memory_chunks (key, members, codes) VALUES ($chunk, $members, $codes)",
            chunk, new ReadOnlyMemory<byte>([.. members]), new ReadOnlyMemory<byte>(codes));
    }

    private static TopKeys Scan(SqlSession sql, float[] question, KeyRange range)
    {
        var best = new TopKeys(Candidates);
        var code = new sbyte[question.Length];
        var questionScale = VectorCode.Write(question, code);
        var bare = new List<KeyRange>();
        var next = range.First;
        sql.Each(
            "SELECT key, members, codes FROM memory_chunks WHERE key BETWEEN $first AND $last",
            r =>
            {
                var first = r.Whole(0) << 8;
                if (first > next)
                    bare.Add(new KeyRange(next, first - 1));
                next = first + ChunkKeys;
                ScanChunk(best, first, r.Bytes(1), r.Bytes(2), code, questionScale);
                return true;
            },
            range.First >> 8, range.Last >> 8);
        bare.Add(new KeyRange(next, range.Last));
        foreach (var gap in bare)
            ScanVectors(sql, best, question, gap);
        return best;
    }

    private static void ScanChunk(TopKeys best, long first, ReadOnlySpan<byte> members, ReadOnlySpan<byte> codes, sbyte[] question, float questionScale)
    {
        var stride = sizeof(float) + question.Length;
        if (codes.Length != members.Length * stride)
            return;
        for (var i = 0; i < members.Length; i++)
        {
            var place = codes.Slice(i * stride, stride);
            var product = DotProduct.Of(MemoryMarshal.Cast<byte, sbyte>(place[sizeof(float)..]), question);
            best.Offer(first + members[i], product * MemoryMarshal.Read<float>(place) * questionScale);
        }
    }

    private static void ScanVectors(SqlSession sql, TopKeys best, float[] question, KeyRange gap) => sql.Each(
        "SELECT key, vector FROM memory_vectors WHERE key BETWEEN $first AND $last",
        r =>
        {
            var vector = MemoryMarshal.Cast<byte, float>(r.Bytes(1));
            if (vector.Length == question.Length)
                best.Offer(r.Whole(0), DotProduct.Of(vector, question));
            return true;
        },
        gap.First, gap.Last);
}
