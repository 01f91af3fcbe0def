using System.Text;

namespace Fangd.Toml;

/// <summary>Edits between brackets and braces, and of the value of one key. Each returns the new text.</summary>
internal static class TomlInline
{
    public static string Replace(TomlSource source, TomlValue old, TomlValue value)
    {
        var written = new StringBuilder();
        if (source.Statements.Any(statement => ReferenceEquals(statement.Value, old)))
            TomlWriter.AppendLineValue(written, value, source.Newline);
        else
            written.Append(TomlWriter.WriteValue(value));
        return source.Splice(old.Start, old.End, written.ToString());
    }

    public static string AddKey(TomlSource source, TomlTable table, ReadOnlySpan<string> keys, TomlValue value)
    {
        var pair = $"{TomlKey.Join(keys.ToArray())} = {TomlWriter.WriteValue(value)}";
        if (table.Count == 0)
            return source.Splice(table.Start, table.End, $"{{ {pair} }}");

        var end = table.End - 1;
        while (source.Text[end - 1] is ' ' or '\t')
            end--;
        return source.Splice(end, end, $", {pair}");
    }

    public static string RemoveKey(TomlSource source, TomlTable table, ReadOnlySpan<string> path)
    {
        var kept = new List<(int Start, int End)>();
        Collect(table, path, kept);
        kept.Sort();
        return source.Splice(table.Start, table.End, kept.Count == 0 ? "{}" : $"{{ {Join(source, kept)} }}");
    }

    public static string RemoveItem(TomlSource source, TomlArray array, int index)
    {
        var item = array.Items[index];
        if (!HasLines(source, array))
        {
            var kept = array.Items.Where(other => other != item).Select(other => (other.Start, other.End));
            return source.Splice(array.Start, array.End, $"[{Join(source, kept)}]");
        }

        var comma = CommaAfter(source.Text, item.End);
        var text = comma < 0 ? source.Text : source.Text.Remove(comma, 1);
        return RemoveWithLine(text, item.Start, item.End);
    }

    public static string AppendItem(TomlSource source, TomlArray array, TomlValue value)
    {
        var written = TomlWriter.WriteValue(value);
        if (!HasLines(source, array))
        {
            var items = Join(source, array.Items.Select(item => (item.Start, item.End)));
            return source.Splice(array.Start, array.End, items.Length == 0 ? $"[{written}]" : $"[{items}, {written}]");
        }

        if (array.Items.Count == 0)
            return source.Splice(array.End - 1, array.End - 1, written);

        var last = array.Items[^1];
        var comma = CommaAfter(source.Text, last.End);
        var end = comma < 0 ? last.End : comma + 1;
        var lineEnd = source.Text.IndexOf('\n', end);
        if (lineEnd < 0 || lineEnd >= array.End)
            return source.Splice(end, end, (comma < 0 ? ", " : " ") + written);

        var lineStart = source.Text.LastIndexOf('\n', last.Start) + 1;
        var indent = source.Text[lineStart..last.Start];
        indent = indent[..^indent.TrimStart().Length];
        var text = source.Splice(lineEnd + 1, lineEnd + 1, indent + written + "," + source.Newline);
        return comma < 0 ? text.Insert(last.End, ",") : text;
    }

    /// <summary>The pairs of an inline table that are not under <paramref name="path"/>.</summary>
    private static void Collect(TomlTable table, ReadOnlySpan<string> path, List<(int Start, int End)> kept)
    {
        foreach (var entry in table)
        {
            var isOnPath = path.Length > 0 && entry.Key == path[0];
            if (isOnPath && path.Length == 1)
                continue;
            if (entry.Value is TomlTable { Origin: TomlOrigin.Dotted } dotted)
                Collect(dotted, isOnPath ? path[1..] : [], kept);
            else
                kept.Add((entry.KeyStart, entry.Value.End));
        }
    }

    private static string Join(TomlSource source, IEnumerable<(int Start, int End)> spans) =>
        string.Join(", ", spans.Select(span => source.Text[span.Start..span.End]));

    private static bool HasLines(TomlSource source, TomlArray array) =>
        source.Text.AsSpan(array.Start, array.End - array.Start).ContainsAny('\n', '#');

    /// <summary>The comma behind an item, over blanks, line ends and comments; -1 when the array ends first.</summary>
    private static int CommaAfter(string text, int at)
    {
        for (; text[at] != ']'; at++)
        {
            if (text[at] == ',')
                return at;
            if (text[at] == '#')
                at = text.IndexOf('\n', at);
        }

        return -1;
    }

    /// <summary>Removes a span, and its line when nothing else is left on it.</summary>
    private static string RemoveWithLine(string text, int start, int end)
    {
        var lineStart = text.LastIndexOf('\n', start) + 1;
        var lineEnd = text.IndexOf('\n', end);
        if (lineEnd >= 0 && string.IsNullOrWhiteSpace(text[lineStart..start]) && string.IsNullOrWhiteSpace(text[end..lineEnd]))
            return text.Remove(lineStart, lineEnd + 1 - lineStart);

        // A blank that separated the item from the next one goes with it.
        while (text[end] == ' ' && start > 0 && text[start - 1] is ' ' or '[')
            end++;
        return text.Remove(start, end - start);
    }
}
