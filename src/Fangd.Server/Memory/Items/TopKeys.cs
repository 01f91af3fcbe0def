namespace Fangd.Server.Memory.Items;

/// <summary>The keys with the highest scores of all that are offered; memory and time do not grow with the number of offers.</summary>
internal sealed class TopKeys(int most)
{
    /// <summary>Twice as many as are wanted, so that the worse half is sorted out seldom.</summary>
    private readonly List<ScoredKey> _kept = new(most * 2);
    private double _least = double.NegativeInfinity;

    public void Offer(long key, double score)
    {
        if (score < _least)
            return;
        _kept.Add(new ScoredKey(key, score));
        if (_kept.Count == most * 2)
            _least = Cut()[^1].Score;
    }

    /// <summary>The highest first.</summary>
    public List<ScoredKey> Sorted() => Cut();

    private List<ScoredKey> Cut()
    {
        _kept.Sort(ScoredKey.BestFirst);
        if (_kept.Count > most)
            _kept.RemoveRange(most, _kept.Count - most);
        return _kept;
    }
}
