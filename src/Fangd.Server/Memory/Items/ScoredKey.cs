namespace Fangd.Server.Memory.Items;

/// <summary>A memory's key and how well it fits: one type for every way to search, since each further one is compiled anew.</summary>
internal readonly struct ScoredKey(long key, double score)
{
    public long Key => key;

    public double Score => score;

    /// <summary>The best first, the newest of equals before the others.</summary>
    public static int BestFirst(ScoredKey one, ScoredKey other) =>
        one.Score != other.Score ? other.Score.CompareTo(one.Score) : other.Key.CompareTo(one.Key);
}
