namespace Fangd.Server.Memory.Vectors;

/// <summary>The keys with the highest scores of all that are offered; memory and time do not grow with the number of offers.</summary>
internal sealed class TopKeys(int most)
{
    private readonly PriorityQueue<long, float> _kept = new(most + 1);
    private float _least = float.NegativeInfinity;

    public void Offer(long key, float score)
    {
        if (score <= _least && _kept.Count == most)
            return;
        _kept.Enqueue(key, score);
        if (_kept.Count > most)
            _kept.Dequeue();
        if (_kept.Count == most)
            _kept.TryPeek(out _, out _least);
    }

    /// <summary>The highest first.</summary>
    public List<(long Key, float Score)> Sorted() =>
        [.. _kept.UnorderedItems.Select(item => (item.Element, item.Priority)).OrderByDescending(item => item.Priority).ThenByDescending(item => item.Element)];
}
