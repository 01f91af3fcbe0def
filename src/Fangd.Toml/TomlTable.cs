using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Fangd.Toml;

/// <summary>A key with its value and the place of the key.</summary>
public readonly record struct TomlEntry(string Key, TomlValue Value, TomlPosition KeyPosition)
{
    /// <summary>Offset of the first character of the whole (maybe dotted) key in the text.</summary>
    internal int KeyStart { get; init; }
}

/// <summary>How a table came to be, which decides what may still be added to it.</summary>
internal enum TomlOrigin
{
    /// <summary>The document, a built table, or a <c>[header]</c>: keys are lines of their own.</summary>
    Section,

    /// <summary>Only named as a part of a deeper header.</summary>
    Implicit,

    /// <summary>Made by a dotted key.</summary>
    Dotted,

    /// <summary>Between braces, closed for ever.</summary>
    Inline,
}

/// <summary>A table that keeps the order of its keys.</summary>
public sealed class TomlTable : TomlValue, IReadOnlyCollection<TomlEntry>
{
    // Up to this many keys a scan is faster than hashing, and most tables stay below.
    private const int ScanLimit = 8;

    private readonly List<TomlEntry> _entries = new(4);
    private Dictionary<string, int>? _index;

    public int Count => _entries.Count;

    public IEnumerable<string> Keys
    {
        get
        {
            foreach (var entry in _entries)
                yield return entry.Key;
        }
    }

    public override string Kind => "a table";

    internal TomlOrigin Origin { get; set; }

    public bool TryGet(string key, [NotNullWhen(true)] out TomlValue? value)
    {
        if (TryGetEntry(key, out var entry))
        {
            value = entry.Value;
            return true;
        }

        value = null;
        return false;
    }

    public bool TryGetEntry(string key, out TomlEntry entry)
    {
        if (_index is not null)
        {
            var found = _index.TryGetValue(key, out var at);
            entry = found ? _entries[at] : default;
            return found;
        }

        foreach (var candidate in _entries)
        {
            if (candidate.Key == key)
            {
                entry = candidate;
                return true;
            }
        }

        entry = default;
        return false;
    }

    public bool Contains(string key) => TryGetEntry(key, out _);

    /// <summary>The string at <paramref name="key"/>, or null when it is absent or something else.</summary>
    public string? GetString(string key) => TryGet(key, out var value) ? (value as TomlString)?.Value : null;

    /// <summary>The integer at <paramref name="key"/>, or null when it is absent or something else.</summary>
    public long? GetInteger(string key) => TryGet(key, out var value) ? (value as TomlInteger)?.Value : null;

    /// <summary>The boolean at <paramref name="key"/>, or null when it is absent or something else.</summary>
    public bool? GetBoolean(string key) => TryGet(key, out var value) ? (value as TomlBoolean)?.Value : null;

    /// <summary>The table at <paramref name="key"/>, or null when it is absent or something else.</summary>
    public TomlTable? GetTable(string key) => TryGet(key, out var value) ? value as TomlTable : null;

    /// <summary>The array at <paramref name="key"/>, or null when it is absent or something else.</summary>
    public TomlArray? GetArray(string key) => TryGet(key, out var value) ? value as TomlArray : null;

    /// <summary>Adds a key.</summary>
    /// <exception cref="ArgumentException">The key is there already.</exception>
    public void Add(string key, TomlValue value)
    {
        if (Contains(key))
            throw new ArgumentException($"the key {key} is there already", nameof(key));

        Append(new TomlEntry(key, value, default));
    }

    /// <summary>Adds a string.</summary>
    /// <exception cref="ArgumentException">The key is there already.</exception>
    public void Add(string key, string value) => Add(key, new TomlString(value));

    public IEnumerator<TomlEntry> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _entries.GetEnumerator();

    public override bool ContentEquals(TomlValue other)
    {
        if (other is not TomlTable table || table.Count != Count)
            return false;

        foreach (var entry in _entries)
        {
            if (!table.TryGet(entry.Key, out var value) || !entry.Value.ContentEquals(value))
                return false;
        }

        return true;
    }

    internal void Append(TomlEntry entry)
    {
        _entries.Add(entry);
        if (_index is not null)
        {
            _index.Add(entry.Key, _entries.Count - 1);
        }
        else if (_entries.Count > ScanLimit)
        {
            _index = new Dictionary<string, int>(_entries.Count * 2);
            for (var i = 0; i < _entries.Count; i++)
                _index.Add(_entries[i].Key, i);
        }
    }
}
