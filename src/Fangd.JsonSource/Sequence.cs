using System;
using System.Collections.Generic;
using System.Linq;

namespace Fangd.JsonSource;

/// <summary>A list that is equal to another with equal items, so that the compiler knows an unchanged record.</summary>
internal readonly struct Sequence<T> : IEquatable<Sequence<T>>
{
    private readonly IReadOnlyList<T> _items;

    public Sequence(IReadOnlyList<T> items) => _items = items;

    public int Count => _items.Count;

    public IEnumerator<T> GetEnumerator() => _items.GetEnumerator();

    public bool Equals(Sequence<T> other) => _items.SequenceEqual(other._items);

    public override bool Equals(object? other) => other is Sequence<T> sequence && Equals(sequence);

    public override int GetHashCode() => _items.Count;
}
