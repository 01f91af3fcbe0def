using System.Globalization;
using Fangd.Toml;

namespace Fangd.UnitTests.Toml;

/// <summary>Whatever is set or removed anywhere in a tricky document, the text reads back as the tree with that change.</summary>
public sealed class TomlEditorPropertyTests
{
    private static readonly string[] _documents =
    [
        "",
        "# only a comment",
        "a = 1\nb.c = 2\nb.d.e = 'x'\n\n[t] # t\n# in t\nx = 1\ny.z = [1, 2, 3]\n\n[t.u]\nv = {p = 1, q.r = 2, s = {}}\n\n[w.deep.er]\nk = true\n",
        "[[l]]\nname = 'one'\n\n  [l.limit]\n  n = 1\n\n  [[l.sub]]\n  s = 1\n\n  [[l.sub]]\n  s = 2\n\n# second\n[[l]]\nname = 'two'\n\n[after]\nz = [ # open\n  'a', # a\n  'b'\n  # end\n]\n",
        "m = [{a = 1, b = [1, [2, {c = 3}]]}, {a = 2}]\nt = 1979-05-27 07:32:00Z\n\"quoted key\".\"x.y\" = \"\"\"\nmulti\n# no comment\n[no.header]\n\"\"\"\n[\"a.b\".'c d']\n'' = 1",
        "\r\n# crlf\r\na = [\r\n  1,\r\n  2, # two\r\n]\r\n[s]\r\n\r\n[s.t]\r\nb = 1\r\n[p]\r\nq.r = 1\r\n[p.u]\r\nz = 1\r\n",
        "[a.b.c]\nx = 1\n[a]\ny = 1\nb.d = 5\n[z]\n[a.b.e]\nw = 1\n",
    ];

    private static readonly TomlValue[] _values =
    [
        new TomlInteger(42),
        new TomlString("line one\nline \"\"\"two\\ 😀\r"),
        new TomlArray(),
        new TomlArray([new TomlString("a"), new TomlArray([new TomlFloat(1e100)])]),
        new TomlArray([new TomlTable { { "k", "v" } }, new TomlTable { { "n", new TomlTable { { "o", new TomlBoolean(true) } } } }]),
        new TomlTable(),
        new TomlTable { { "x", new TomlInteger(7) }, { "new key", new TomlTable { { "deep", "er" } } }, { "list", new TomlArray([new TomlTable()]) } },
    ];

    [Fact]
    public void What_is_set_reads_back_as_set()
    {
        foreach (var document in _documents)
        {
            var root = TomlReader.Read(document).Root;
            foreach (var path in Paths(root, []).Concat(NewPaths(root, [])))
            {
                foreach (var value in _values)
                    CheckSet(document, path, value);
            }
        }
    }

    [Fact]
    public void What_is_removed_is_gone_and_the_rest_is_there()
    {
        foreach (var document in _documents)
        {
            var root = TomlReader.Read(document).Root;
            foreach (var path in Paths(root, []))
            {
                var editor = new TomlEditor(document);
                Assert.True(editor.Remove(path), $"{TomlKey.Join(path)} in\n{document}");
                var expected = WithoutEmpty((TomlTable)Changed(root, path, null)!);
                Assert.True(expected.ContentEquals(WithoutEmpty(editor.Root)), $"without {TomlKey.Join(path)}:\n{editor.Text}");
            }
        }
    }

    [Fact]
    public void A_long_row_of_edits_ends_in_the_tree_it_should()
    {
        foreach (var document in _documents)
        {
            var editor = new TomlEditor(document);
            var state = 12345u;
            for (var step = 0; step < 60; step++)
            {
                var paths = Paths(editor.Root, []).Concat(NewPaths(editor.Root, [])).Where(path => path.Length < 8).ToList();
                state = (state * 1664525) + 1013904223;
                var path = paths[(int)(state >> 8) % paths.Count];
                state = (state * 1664525) + 1013904223;
                var value = _values[(int)(state >> 8) % _values.Length];
                CheckSet(editor.Text, path, value);
                if (value is TomlTable || !IsInArrayOfTables(editor.Root, path))
                    editor.Set(path, value);
            }

            var read = TomlReader.Read(editor.Text);
            Assert.Empty(read.Faults);
            Assert.True(read.Root.ContentEquals(editor.Root));
        }
    }

    [Fact]
    public void Setting_one_scalar_changes_nothing_else()
    {
        foreach (var document in _documents)
        {
            var root = TomlReader.Read(document).Root;
            foreach (var path in Paths(root, []).Where(path => Find(root, path) is not (TomlTable or TomlArray)))
            {
                var editor = new TomlEditor(document);
                editor.Set(path, new TomlString("some value that is nowhere else"));
                var parts = editor.Text.Split("\"some value that is nowhere else\"");
                Assert.Equal(2, parts.Length);
                Assert.StartsWith(parts[0], document, StringComparison.Ordinal);
                Assert.EndsWith(parts[1], document, StringComparison.Ordinal);
            }
        }
    }

    private static void CheckSet(string document, string[] path, TomlValue value)
    {
        var editor = new TomlEditor(document);
        if (IsInArrayOfTables(editor.Root, path) && value is not TomlTable)
        {
            Assert.Throws<TomlException>(() => editor.Set(path, value));
            Assert.Equal(document, editor.Text);
            return;
        }

        editor.Set(path, value);
        var expected = Changed(TomlReader.Read(document).Root, path, value)!;
        Assert.True(expected.ContentEquals(editor.Root), $"{TomlKey.Join(path)} = {value}\nin\n{document}\ngave\n{editor.Text}");
        Assert.True(editor.Root.ContentEquals(TomlReader.Read(editor.Text).Root));
    }

    // An element of [[x]] cannot become anything but a table.
    private static bool IsInArrayOfTables(TomlTable root, string[] path) => Find(root, path[..^1]) is TomlArray { IsTables: true };

    private static IEnumerable<string[]> Paths(TomlValue value, string[] prefix)
    {
        foreach (var (part, child) in Children(value))
        {
            string[] path = [.. prefix, part];
            yield return path;
            foreach (var below in Paths(child, path))
                yield return below;
        }
    }

    private static IEnumerable<string[]> NewPaths(TomlValue value, string[] prefix)
    {
        if (value is TomlTable table && !table.Contains("fresh"))
        {
            yield return [.. prefix, "fresh"];
            yield return [.. prefix, "fresh", "x y", "z"];
        }
        else if (value is TomlArray array)
        {
            yield return [.. prefix, array.Items.Count.ToString(CultureInfo.InvariantCulture)];
            yield return [.. prefix, array.Items.Count.ToString(CultureInfo.InvariantCulture), "inner", "most"];
        }

        foreach (var (part, child) in Children(value))
        {
            foreach (var below in NewPaths(child, [.. prefix, part]))
                yield return below;
        }
    }

    private static IEnumerable<(string Part, TomlValue Child)> Children(TomlValue value) => value switch
    {
        TomlTable table => table.Select(entry => (entry.Key, entry.Value)),
        TomlArray array => array.Items.Select((item, i) => (i.ToString(CultureInfo.InvariantCulture), item)),
        _ => [],
    };

    private static TomlValue? Find(TomlValue value, string[] path) =>
        path.Aggregate<string, TomlValue?>(value, (at, part) => at is null ? null : Children(at).FirstOrDefault(child => child.Part == part).Child);

    /// <summary>The tree with one value set, or removed when it is null.</summary>
    private static TomlValue? Changed(TomlValue? tree, ReadOnlySpan<string> path, TomlValue? value)
    {
        if (path.IsEmpty)
            return value;

        if (tree is TomlArray array)
        {
            var index = int.Parse(path[0], CultureInfo.InvariantCulture);
            var items = array.Items.ToList();
            var item = Changed(index < items.Count ? items[index] : null, path[1..], value);
            if (item is null)
                items.RemoveAt(index);
            else if (index < items.Count)
                items[index] = item;
            else
                items.Add(item);
            return new TomlArray(items);
        }

        var table = new TomlTable();
        var there = tree as TomlTable ?? [];
        foreach (var entry in there)
        {
            if (entry.Key != path[0])
                table.Add(entry.Key, entry.Value);
            else if (Changed(entry.Value, path[1..], value) is { } changed)
                table.Add(entry.Key, changed);
        }

        if (!there.Contains(path[0]))
            table.Add(path[0], Changed(null, path[1..], value)!);
        return table;
    }

    // A table that only dotted keys or deeper headers held up is gone when the last of them is.
    private static TomlTable WithoutEmpty(TomlTable table)
    {
        var kept = new TomlTable();
        foreach (var entry in table)
        {
            var value = entry.Value is TomlTable child ? WithoutEmpty(child) : entry.Value;
            if (value is not (TomlTable { Count: 0 } or TomlArray { Items.Count: 0 }))
                kept.Add(entry.Key, value);
        }

        return kept;
    }
}
