namespace Fangd.Toml;

public sealed class TomlArray : TomlValue
{
    private readonly List<TomlValue> _items;

    public TomlArray() => _items = [];

    public TomlArray(IEnumerable<TomlValue> items) => _items = [.. items];

    public IReadOnlyList<TomlValue> Items => _items;

    /// <summary>Written as <c>[[name]]</c> sections rather than between brackets.</summary>
    internal bool IsTables { get; init; }

    public override string Kind => "an array";

    public void Add(TomlValue item) => _items.Add(item);

    public override bool ContentEquals(TomlValue other)
    {
        if (other is not TomlArray array || array._items.Count != _items.Count)
            return false;

        for (var i = 0; i < _items.Count; i++)
        {
            if (!_items[i].ContentEquals(array._items[i]))
                return false;
        }

        return true;
    }
}
