using System.Text;

namespace Fangd.Toml;

/// <summary>Edits of whole statements: lines with a key, and sections with a header. Each returns the new text.</summary>
internal static class TomlSections
{
    /// <summary>Adds what is not there yet below a table that is.</summary>
    public static string Add(TomlSource source, ReadOnlySpan<string> container, TomlTable table, ReadOnlySpan<string> rest, TomlValue value)
    {
        if (table.Origin == TomlOrigin.Dotted)
            return AddDotted(source, container, rest, value);
        if (rest.Length > 1 || TomlWriter.IsSection(value))
            return AddSection(source, container, rest, value);
        if (table.Origin == TomlOrigin.Implicit)
            return AddHeader(source, container, rest[0], value);

        var line = new StringBuilder();
        AppendPair(line, source, rest, value);
        var section = container.ToArray();
        var sibling = source.Statements.FindLast(statement => !statement.IsHeader && statement.Section.AsSpan().SequenceEqual(section))
            ?? source.Statements.FindLast(statement => statement.IsHeader && statement.Path.AsSpan().SequenceEqual(section));
        if (sibling is not null)
            return InsertLines(source, sibling.LineEnd, Indent(source, sibling) + line);

        // The root without a key of its own: in front of the first section.
        if (source.Statements.Count == 0)
            return InsertLines(source, source.Text.Length, line.ToString());
        var first = CommentBlockStart(source.Text, source.Statements[0].LineStart);
        return InsertLines(source, first == 0 ? source.Statements[0].LineStart : first, line + source.Newline);
    }

    public static string AppendElement(TomlSource source, ReadOnlySpan<string> array, TomlTable element)
    {
        var block = new StringBuilder();
        TomlWriter.AppendElements(block, new TomlArray([element]), source.HeaderKeys(array), source.Newline);
        return InsertSection(source, EndOf(source, array), block.ToString());
    }

    public static string Remove(TomlSource source, string[] path)
    {
        var text = source.Text;
        for (var i = source.Statements.Count - 1; i >= 0; i--)
        {
            var last = source.Statements[i];
            if (!last.IsUnder(path))
                continue;

            if (last.Section.AsSpan().StartsWith(path))
            {
                // The section goes from its header to its last statement with all that is in between.
                while (!source.Statements[i].IsHeader)
                    i--;
                text = RemoveSection(text, source.Statements[i].LineStart, last.LineEnd);
            }
            else
            {
                text = text.Remove(last.LineStart, last.LineEnd - last.LineStart);
            }
        }

        return text;
    }

    private static string AddDotted(TomlSource source, ReadOnlySpan<string> container, ReadOnlySpan<string> rest, TomlValue value)
    {
        var prefix = container.ToArray();
        var sibling = source.Statements.FindLast(statement => !statement.IsHeader && statement.Section.Length < prefix.Length && statement.IsUnder(prefix))!;
        var line = new StringBuilder();
        AppendPair(line, source, [.. container[sibling.Section.Length..], .. rest], value);
        return InsertLines(source, sibling.LineEnd, Indent(source, sibling) + line);
    }

    private static string AddSection(TomlSource source, ReadOnlySpan<string> container, ReadOnlySpan<string> rest, TomlValue value)
    {
        var block = new StringBuilder();
        List<string> keys = [.. source.HeaderKeys(container), .. rest];
        if (value is TomlTable table)
            TomlWriter.AppendHeaded(block, table, keys, source.Newline);
        else if (TomlWriter.IsSection(value))
            TomlWriter.AppendElements(block, (TomlArray)value, keys, source.Newline);
        else
            TomlWriter.AppendHeaded(block, new TomlTable { { keys[^1], value } }, keys[..^1], source.Newline);
        return InsertSection(source, container.IsEmpty ? source.Text.Length : EndOf(source, container), block.ToString());
    }

    /// <summary>Gives a header to a table that only deeper headers have named so far, in front of the first of them.</summary>
    private static string AddHeader(TomlSource source, ReadOnlySpan<string> container, string key, TomlValue value)
    {
        var path = container.ToArray();
        var first = source.Statements.Find(statement => statement.IsUnder(path))!;
        var block = new StringBuilder();
        TomlWriter.AppendHeaded(block, new TomlTable { { key, value } }, source.HeaderKeys(container), source.Newline);
        return InsertSection(source, CommentBlockStart(source.Text, first.LineStart), block.ToString());
    }

    private static void AppendPair(StringBuilder target, TomlSource source, ReadOnlySpan<string> keys, TomlValue value)
    {
        target.Append(TomlKey.Join(keys.ToArray())).Append(" = ");
        TomlWriter.AppendLineValue(target, value, source.Newline);
        target.Append(source.Newline);
    }

    private static int EndOf(TomlSource source, ReadOnlySpan<string> path)
    {
        var prefix = path.ToArray();
        return source.Statements.FindLast(statement => statement.IsUnder(prefix))?.LineEnd ?? source.Text.Length;
    }

    private static string Indent(TomlSource source, TomlStatement statement) => source.Text[statement.LineStart..statement.Start];

    private static string InsertLines(TomlSource source, int at, string lines) =>
        source.Text.Insert(at, IsLineStart(source.Text, at) ? lines : source.Newline + lines);

    private static string InsertSection(TomlSource source, int at, string block)
    {
        var text = source.Text;
        var before = IsLineStart(text, at) ? "" : source.Newline;
        if (at > 0 && !IsBlankLineBefore(text, at))
            before += source.Newline;
        var after = at == text.Length || text[at] is '\n' or '\r' ? "" : source.Newline;
        return text.Insert(at, before + block + after);
    }

    private static string RemoveSection(string text, int start, int end)
    {
        // Blank lines behind it go too; at the end of the text, those in front of it.
        while (end < text.Length && text[end] is '\n' or '\r')
            end++;
        while (end == text.Length && IsBlankLineBefore(text, start))
            start -= start > 1 && text[start - 2] == '\r' ? 2 : 1;
        return text.Remove(start, end - start);
    }

    /// <summary>A byte order mark stands in front of the first line and is no part of it.</summary>
    private static bool IsLineStart(string text, int at) => at == 0 || text[at - 1] is '\n' or '\uFEFF';

    private static bool IsBlankLineBefore(string text, int at) =>
        at > 1 && text[at - 1] == '\n' && (text[at - 2] == '\n' || (text[at - 2] == '\r' && at > 2 && text[at - 3] == '\n'));

    /// <summary>The start of the comment lines directly above a line.</summary>
    private static int CommentBlockStart(string text, int lineStart)
    {
        while (lineStart > 0)
        {
            var above = text.LastIndexOf('\n', lineStart - 2 < 0 ? 0 : lineStart - 2) + 1;
            if (above >= lineStart || !text.AsSpan(above, lineStart - above).TrimStart().StartsWith("#"))
                break;
            lineStart = above;
        }

        return lineStart;
    }
}
