using Fangd.Engine.Outbound;

namespace Fangd.Engine.Tools.Web;

/// <summary>Texts from the web for some minutes, bounded in number and in size: a Pi has better uses for its memory.</summary>
internal sealed class TextCache(TimeSpan ttl, TimeProvider time)
{
    private const int MaxEntries = 64;
    private const int MaxCharacters = 1_000_000;

    // Guards all fields below.
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Queue<(string Key, Entry Entry)> _byAge = [];
    private int _characters;

    /// <param name="key">What was asked for.</param>
    /// <param name="hosts">The targets on the way to it, so that the caller can ask whether they are open to its agent too.</param>
    public string? Find(string key, out IReadOnlyList<OutboundTarget> hosts)
    {
        lock (_lock)
        {
            DropOld();
            var entry = _entries.GetValueOrDefault(key);
            hosts = entry?.Hosts ?? [];
            return entry?.Text;
        }
    }

    public void Keep(string key, string text, params IReadOnlyList<OutboundTarget> hosts)
    {
        if (ttl <= TimeSpan.Zero || text.Length > MaxCharacters / 4)
            return;
        lock (_lock)
        {
            Remove(key);
            var entry = new Entry(text, hosts, time.GetTimestamp());
            _entries.Add(key, entry);
            _byAge.Enqueue((key, entry));
            _characters += text.Length;
            DropOld();
        }
    }

    private void DropOld()
    {
        while (_byAge.TryPeek(out var oldest))
        {
            var isCurrent = _entries.TryGetValue(oldest.Key, out var kept) && kept == oldest.Entry;
            var isFull = _entries.Count > MaxEntries || _characters > MaxCharacters || _byAge.Count > 2 * MaxEntries;
            if (isCurrent && !isFull && time.GetElapsedTime(oldest.Entry.Since) < ttl)
                return;
            _byAge.Dequeue();
            if (isCurrent)
                Remove(oldest.Key);
        }
    }

    private void Remove(string key)
    {
        if (_entries.Remove(key, out var entry))
            _characters -= entry.Text.Length;
    }

    /// <summary>A class, so that two entries of equal texts are still two.</summary>
    private sealed class Entry(string text, IReadOnlyList<OutboundTarget> hosts, long since)
    {
        public string Text => text;

        public IReadOnlyList<OutboundTarget> Hosts => hosts;

        public long Since => since;
    }
}
