namespace Fangd.Toml;

/// <summary>
/// Changes a TOML text in place: everything that an edit does not concern (comments, order, spacing, line ends) stays
/// byte for byte. A path goes from the root, one part a key; in an array a part is an index, and the count of its
/// items appends one.
/// </summary>
public sealed class TomlEditor
{
    private TomlSource _source;

    /// <exception cref="TomlException">The text has faults.</exception>
    public TomlEditor(string text) => _source = TomlSource.Read(text);

    /// <summary>The text with all edits so far.</summary>
    public string Text => _source.Text;

    /// <summary>What <see cref="Text"/> says.</summary>
    public TomlTable Root => _source.Root;

    /// <summary>
    /// Sets a value and makes the tables on the way. A table or an array that is there is changed key by key, so that
    /// comments within it stay.
    /// </summary>
    /// <exception cref="TomlException">The path leads through a scalar or past the end of an array; nothing is changed.</exception>
    public void Set(IReadOnlyList<string> path, TomlValue value)
    {
        if (path.Count == 0)
            throw new ArgumentException("the path is empty", nameof(path));

        var before = _source;
        try
        {
            SetAt([.. path], value);
        }
        catch (TomlException)
        {
            _source = before;
            throw;
        }
    }

    /// <summary>Removes a value with everything below it. Comments on lines of their own stay, except within a section that goes.</summary>
    /// <returns>False when there is none.</returns>
    public bool Remove(IReadOnlyList<string> path)
    {
        string[] parts = [.. path];
        var place = Walk(parts);
        if (parts.Length == 0 || place.Depth < parts.Length)
            return false;

        if (place.Parent is TomlArray { IsTables: false } array)
            Apply(TomlInline.RemoveItem(_source, array, TomlSource.Index(parts[^1])));
        else if (place.Inline is { } inline && place.InlineDepth < parts.Length)
            Apply(TomlInline.RemoveKey(_source, inline, parts.AsSpan(place.InlineDepth)));
        else
            Apply(TomlSections.Remove(_source, parts));
        return true;
    }

    private void SetAt(string[] path, TomlValue value)
    {
        var place = Walk(path);
        if (place.Depth == path.Length)
        {
            Replace(path, place.Value, value);
            return;
        }

        var rest = path.AsSpan(place.Depth);
        var container = path.AsSpan(0, place.Depth);
        if (place.Value is TomlArray array)
        {
            if (TomlSource.Index(rest[0]) != array.Items.Count)
                throw new TomlException($"{TomlKey.Join(container.ToArray())} has {array.Items.Count} items, so '{rest[0]}' is none of them");
            var item = Nest(rest[1..], value);
            if (array.IsTables && item is TomlTable element)
                Apply(TomlSections.AppendElement(_source, container, element));
            else if (array.IsTables)
                throw NotATable(container, item);
            else
                Apply(TomlInline.AppendItem(_source, array, item));
        }
        else if (place.Inline is { } inline)
        {
            Apply(TomlInline.AddKey(_source, inline, path.AsSpan(place.InlineDepth), value));
        }
        else if (place.Value is TomlTable table)
        {
            Apply(TomlSections.Add(_source, container, table, rest, value));
        }
        else
        {
            throw new TomlException($"{TomlKey.Join(container.ToArray())} is {place.Value.Kind}, so it has no '{rest[0]}'");
        }
    }

    private void Replace(string[] path, TomlValue old, TomlValue value)
    {
        if (old.ContentEquals(value))
            return;

        switch (old, value)
        {
            case (TomlTable { Origin: not TomlOrigin.Inline } table, TomlTable wanted):
                MergeTable(path, table, wanted);
                break;
            case (TomlArray { IsTables: true } array, TomlArray wanted) when TomlWriter.IsSection(wanted):
                MergeArray(path, array, wanted);
                break;
            case (TomlTable, _) when Walk(path).Parent is TomlArray { IsTables: true }:
                throw NotATable(path.AsSpan(0, path.Length - 1), value);
            case (TomlTable { Origin: not TomlOrigin.Inline } or TomlArray { IsTables: true }, _):
                Remove(path);
                SetAt(path, value);
                break;
            case (TomlArray array, TomlArray wanted) when HasLines(array):
                MergeArray(path, array, wanted);
                break;
            default:
                Apply(TomlInline.Replace(_source, old, value));
                break;
        }
    }

    private void MergeTable(string[] path, TomlTable old, TomlTable wanted)
    {
        // First what is new: a table that only its keys hold up must not vanish in between.
        foreach (var entry in wanted)
            SetAt([.. path, entry.Key], entry.Value);
        foreach (var key in old.Keys.Where(key => !wanted.Contains(key)).ToList())
            Remove([.. path, key]);
        if (Walk(path).Depth < path.Length)
            SetAt(path, wanted);
    }

    private void MergeArray(string[] path, TomlArray old, TomlArray wanted)
    {
        for (var i = old.Items.Count - 1; i >= wanted.Items.Count; i--)
            Remove([.. path, Part(i)]);
        for (var i = 0; i < wanted.Items.Count; i++)
            SetAt([.. path, Part(i)], wanted.Items[i]);
    }

    private static TomlException NotATable(ReadOnlySpan<string> array, TomlValue value) =>
        new($"{TomlKey.Join(array.ToArray())} takes tables, not {value.Kind}");

    private bool HasLines(TomlArray array) => Text.AsSpan(array.Start, array.End - array.Start).ContainsAny('\n', '#');

    private void Apply(string text) => _source = TomlSource.Read(text);

    /// <summary>Follows a path as far as it goes.</summary>
    private Place Walk(ReadOnlySpan<string> path)
    {
        var place = new Place(_source.Root, null, 0, null, 0);
        foreach (var part in path)
        {
            TomlValue? child = null;
            if (place.Value is TomlTable table)
                table.TryGet(part, out child);
            else if (place.Value is TomlArray array && TomlSource.Index(part) is var index and >= 0 && index < array.Items.Count)
                child = array.Items[index];
            if (child is null)
                return place;

            place = place with { Value = child, Parent = place.Value, Depth = place.Depth + 1 };
            if (child is TomlTable { Origin: TomlOrigin.Inline } inline)
                place = place with { Inline = inline, InlineDepth = place.Depth };
        }

        return place;
    }

    private static TomlValue Nest(ReadOnlySpan<string> path, TomlValue value)
    {
        for (var i = path.Length - 1; i >= 0; i--)
            value = new TomlTable { { path[i], value } };
        return value;
    }

    private static string Part(int index) => index.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>
    /// The deepest value on a path and how many parts lead to it, and the innermost inline table around it (the value
    /// itself, when it is one).
    /// </summary>
    private readonly record struct Place(TomlValue Value, TomlValue? Parent, int Depth, TomlTable? Inline, int InlineDepth);
}
