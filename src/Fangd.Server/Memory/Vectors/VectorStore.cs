using System.Runtime.InteropServices;
using Fangd.Server.Memory.Items;
using Fangd.Server.Storage;

namespace Fangd.Server.Memory.Vectors;

/// <summary>The vectors of memories and what still waits for its own.</summary>
internal sealed class VectorStore(Database database)
{
    /// <summary>Rows touched in one transaction when all vectors go.</summary>
    private const int Batch = 500;

    /// <summary>The embedding model of the vectors that there are; empty when there never were any.</summary>
    public string Space => database.Read(sql => sql.One("SELECT vector_space FROM memory_upkeep", r => r.Text(0)))!;

    /// <summary>Memories without a vector, the oldest first: in the order of their keys the table of vectors stays dense.</summary>
    public List<(long Key, string Content)> Waiting(int limit) => database.Read(sql => sql.All(
        "SELECT key, content FROM memories WHERE embedded = 0 ORDER BY key LIMIT $limit", r => (r.Whole(0), r.Text(1)), limit));

    /// <summary>Keeps vectors of contents as they were read; a memory that changed meanwhile goes on waiting.</summary>
    public Task Keep(IReadOnlyList<(long Key, string Content)> memories, IReadOnlyList<float[]> vectors) => database.Write(sql =>
    {
        for (var i = 0; i < memories.Count; i++)
        {
            var (key, content) = memories[i];
            var state = vectors[i].Length > 0 ? 1 : 2;
            if (sql.Execute("UPDATE memories SET embedded = $state WHERE key = $key AND content = $content", state, key, content) == 0 || state == 2)
                continue;
            sql.Execute(
                "INSERT OR REPLACE INTO memory_vectors (key, vector) VALUES ($key, $vector)",
                key, new ReadOnlyMemory<byte>(MemoryMarshal.AsBytes(vectors[i].AsSpan()).ToArray()));
            sql.Execute("DELETE FROM memory_chunks WHERE key = $chunk", key >> 8);
        }
    });

    /// <summary>
    /// Chunks that are to be written, at most so many: their keys are all given away, and they have vectors. The last one of a space is
    /// not full; it would be written again with every memory.
    /// </summary>
    public List<long> MissingChunks(int most) => database.Read(sql =>
    {
        var missing = new List<long>();
        var spaces = sql.All(
            "SELECT number, last FROM memory_spaces WHERE agent_id IS NOT NULL AND last >= $least",
            r => new KeyRange(MemoryKey.Of(r.Whole(0), 0) >> 8, (MemoryKey.Of(r.Whole(0), r.Whole(1)) >> 8) - 1), VectorIndex.ChunkKeys);
        foreach (var full in spaces)
        {
            var next = full.First;
            var written = sql.All("SELECT key FROM memory_chunks WHERE key BETWEEN $first AND $last", r => r.Whole(0), full.First, full.Last);
            foreach (var chunk in written.Append(full.Last + 1))
            {
                AddWithVectors(sql, missing, new KeyRange(next, chunk - 1), most);
                next = chunk + 1;
            }
        }

        return missing;
    });

    public Task WriteChunk(long chunk) => database.Write(sql => VectorIndex.WriteChunk(sql, chunk));

    /// <summary>Lets all vectors go, a batch at a time; false when there are none left and <paramref name="space"/> is now theirs.</summary>
    public Task<bool> StartOver(string space) => database.Write(sql =>
    {
        var removed = sql.Execute("DELETE FROM memory_chunks WHERE key IN (SELECT key FROM memory_chunks LIMIT $batch)", Batch)
            + sql.Execute("DELETE FROM memory_vectors WHERE key IN (SELECT key FROM memory_vectors LIMIT $batch)", Batch)
            + sql.Execute("UPDATE memories SET embedded = 0 WHERE key IN (SELECT key FROM memories WHERE embedded <> 0 LIMIT $batch)", Batch);
        if (removed > 0)
            return true;
        sql.Execute("UPDATE memory_upkeep SET vector_space = $space", space);
        return false;
    });

    private static void AddWithVectors(SqlSession sql, List<long> missing, KeyRange chunks, int most)
    {
        var next = chunks.First;
        while (next <= chunks.Last && missing.Count < most
            && sql.Number("SELECT key FROM memory_vectors WHERE key BETWEEN $first AND $last LIMIT 1", next << 8, ((chunks.Last + 1) << 8) - 1) is { } key)
        {
            missing.Add(key >> 8);
            next = (key >> 8) + 1;
        }
    }
}
