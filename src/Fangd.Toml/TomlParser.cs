using System.Globalization;

namespace Fangd.Toml;

/// <summary>Statements, tables and values over a <see cref="TomlScanner"/>. After a fault it goes on at the next statement.</summary>
internal sealed class TomlParser(TomlScanner scanner, List<TomlStatement>? statements)
{
    private readonly TomlTable _root = new();

    // Of the header in force, with array indexes; kept only when statements are recorded.
    private string[] _section = [];
    private TomlTable _table = new();

    public TomlTable Parse()
    {
        _table = _root;
        scanner.SkipByteOrderMark();
        while (true)
        {
            scanner.SkipBlanks();
            if (scanner.AtEnd || scanner.Faults.Count >= TomlScanner.MaxFaults)
                return _root;
            if (scanner.TryNewline())
                continue;

            scanner.Path.Clear();
            var recorded = statements?.Count ?? 0;
            var readable = scanner.Current switch
            {
                '#' => true,
                '[' => ReadHeader(),
                _ => ReadKeyValue(_table, isStatement: true),
            };

            // A fault behind a value belongs to the line, not to its key.
            if (readable)
                readable = scanner.ReadEndOfLine();
            if (!readable)
                Recover();
            else if (statements?.Count > recorded)
                statements[^1].LineEnd = scanner.At;
        }
    }

    private bool ReadHeader()
    {
        var start = scanner.At;
        var position = scanner.PositionOf(start);
        var isArray = scanner.Ahead(1) == '[';

        // Until the header proves good, what follows it goes nowhere.
        _table = new TomlTable();
        scanner.Section.Clear();
        scanner.At += isArray ? 2 : 1;
        scanner.SkipBlanks();
        if (!scanner.ReadKey(scanner.Section))
            return false;

        scanner.SkipBlanks();
        if (scanner.Current != ']' || (isArray && scanner.Ahead(1) != ']'))
            return scanner.Fault(scanner.At, $"expected '{(isArray ? "]]" : "]")}' at the end of the header, found {scanner.Describe()}");

        scanner.At += isArray ? 2 : 1;
        if (OpenSection(isArray, position) is { } table)
        {
            _table = table;
            statements?.Add(new TomlStatement(_section, _section, scanner.LineStart, start, scanner.At));
        }

        return true;
    }

    private TomlTable? OpenSection(bool isArray, TomlPosition position)
    {
        var parts = scanner.Section;
        var path = statements is null ? null : new List<string>(parts.Count + 2);
        var table = _root;
        for (var i = 0; i < parts.Count - 1; i++)
        {
            path?.Add(parts[i].Name);
            if (!table.TryGet(parts[i].Name, out var value))
            {
                value = new TomlTable { Origin = TomlOrigin.Implicit, Position = position };
                Append(table, parts[i], value);
            }
            else if (value is TomlArray { IsTables: true } array)
            {
                path?.Add((array.Items.Count - 1).ToString(CultureInfo.InvariantCulture));
                value = array.Items[^1];
            }

            if (value is not TomlTable { Origin: not TomlOrigin.Inline } next)
                return RefuseSection(parts[i], value);
            table = next;
        }

        path?.Add(parts[^1].Name);
        var opened = isArray ? OpenElement(table, parts[^1], position, path) : OpenTable(table, parts[^1], position);
        if (opened is not null && path is not null)
            _section = [.. path];
        return opened;
    }

    private TomlTable? OpenTable(TomlTable parent, TomlKeyPart key, TomlPosition position)
    {
        if (!parent.TryGet(key.Name, out var value))
        {
            var table = new TomlTable { Position = position };
            Append(parent, key, table);
            return table;
        }

        if (value is TomlTable { Origin: TomlOrigin.Implicit } named)
        {
            named.Origin = TomlOrigin.Section;
            named.Position = position;
            return named;
        }

        return RefuseSection(key, value);
    }

    private TomlTable? OpenElement(TomlTable parent, TomlKeyPart key, TomlPosition position, List<string>? path)
    {
        if (!parent.TryGet(key.Name, out var value))
        {
            value = new TomlArray { IsTables = true, Position = position };
            Append(parent, key, value);
        }

        if (value is not TomlArray { IsTables: true } array)
            return RefuseSection(key, value);

        path?.Add(array.Items.Count.ToString(CultureInfo.InvariantCulture));
        var element = new TomlTable { Position = position };
        array.Add(element);
        return element;
    }

    private TomlTable? RefuseSection(TomlKeyPart key, TomlValue there)
    {
        var what = there switch
        {
            TomlTable { Origin: TomlOrigin.Inline } => "is an inline table, which a header cannot extend",
            TomlTable => "is defined already",
            TomlArray { IsTables: true } => "is an array of tables",
            _ => $"is {there.Kind} already",
        };
        scanner.Fault(key.Start, $"{TomlKey.Write(key.Name)} {what} (line {there.Position.Line})");
        return null;
    }

    /// <summary>Reads <c>key = value</c> into <paramref name="table"/>.</summary>
    /// <returns>False when the rest of the line cannot be read; a key that is there twice is a fault, but can be read.</returns>
    private bool ReadKeyValue(TomlTable table, bool isStatement)
    {
        var first = scanner.Path.Count;
        var start = scanner.At;
        var lineStart = scanner.LineStart;
        var position = scanner.PositionOf(start);
        if (!scanner.ReadKey(scanner.Path))
            return false;

        var last = scanner.Path.Count - 1;
        scanner.SkipBlanks();
        if (scanner.Current != '=')
            return scanner.Fault(scanner.At, $"expected '=' after the key, found {scanner.Describe()}{scanner.KeyHint}");

        scanner.At++;
        scanner.SkipBlanks();
        if (ReadValue() is not { } value)
            return false;

        for (var i = first; i < last; i++)
        {
            if (DescendDotted(table, scanner.Path[i], position) is not { } next)
                return RefuseKey(position, scanner.Path[i], table);
            table = next;
        }

        var key = scanner.Path[last];
        if (table.Contains(key.Name))
            return RefuseKey(position, key, table);

        table.Append(new TomlEntry(key.Name, value, position) { KeyStart = start });
        if (isStatement)
            statements?.Add(new TomlStatement(_section, [.. _section, .. scanner.Path.Select(part => part.Name)], lineStart, start, value.End) { Value = value });
        return true;
    }

    private static TomlTable? DescendDotted(TomlTable table, TomlKeyPart key, TomlPosition position)
    {
        if (!table.TryGet(key.Name, out var value))
        {
            var made = new TomlTable { Origin = TomlOrigin.Dotted, Position = position };
            table.Append(new TomlEntry(key.Name, made, position) { KeyStart = key.Start });
            return made;
        }

        if (value is not TomlTable { Origin: TomlOrigin.Dotted or TomlOrigin.Implicit } next)
            return null;

        next.Origin = TomlOrigin.Dotted;
        return next;
    }

    private bool RefuseKey(TomlPosition position, TomlKeyPart key, TomlTable table)
    {
        table.TryGetEntry(key.Name, out var first);
        var line = first.KeyPosition.Line;
        scanner.Fault(position, $"{TomlKey.Write(key.Name)} is defined already as {first.Value.Kind} (line {line})");
        return true;
    }

    private TomlValue? ReadValue()
    {
        var start = scanner.At;
        var position = scanner.PositionOf(start);
        var value = scanner.Current switch
        {
            '"' or '\'' => TomlStrings.Read(scanner) is { } text ? new TomlString(text) : null,
            '[' => ReadArray(),
            '{' => ReadInlineTable(),
            _ => TomlScalars.Read(scanner),
        };
        if (value is not null)
        {
            value.Position = position;
            value.Start = start;
            value.End = scanner.At;
        }

        return value;
    }

    private TomlArray? ReadArray()
    {
        var open = scanner.PositionOf(scanner.At);
        if (!Enter())
            return null;

        var array = new TomlArray();
        while (true)
        {
            if (!scanner.SkipLines())
                return null;
            if (scanner.Current == ']')
                return Leave(array);
            if (scanner.AtEnd)
                return Unclosed<TomlArray>(open, "the array is never closed");
            if (ReadValue() is not { } item)
                return null;

            array.Add(item);
            if (!scanner.SkipLines())
                return null;
            if (scanner.Current == ',')
                scanner.At++;
            else if (scanner.AtEnd)
                return Unclosed<TomlArray>(open, "the array is never closed");
            else if (scanner.Current != ']')
                return Unclosed<TomlArray>(scanner.PositionOf(scanner.At), $"expected ',' or ']' in the array, found {scanner.Describe()}");
        }
    }

    private TomlTable? ReadInlineTable()
    {
        if (!Enter())
            return null;

        var table = new TomlTable { Origin = TomlOrigin.Inline };
        scanner.SkipBlanks();
        if (scanner.Current == '}')
            return Leave(table);

        while (true)
        {
            var keys = scanner.Path.Count;
            scanner.SkipBlanks();
            if (!ReadKeyValue(table, isStatement: false))
                return null;

            scanner.Path.RemoveRange(keys, scanner.Path.Count - keys);
            scanner.SkipBlanks();
            if (scanner.Current == '}')
                return Leave(table);
            if (scanner.Current != ',')
                return Unclosed<TomlTable>(scanner.PositionOf(scanner.At), $"expected ',' or '}}' in the inline table, found {scanner.Describe()}");
            scanner.At++;
        }
    }

    private bool Enter()
    {
        scanner.Nesting++;
        if (scanner.Section.Count + scanner.Path.Count + scanner.Nesting > TomlScanner.MaxDepth)
            return scanner.Fault(scanner.At, $"nested deeper than {TomlScanner.MaxDepth} levels");
        scanner.At++;
        return true;
    }

    private T Leave<T>(T value)
    {
        scanner.At++;
        scanner.Nesting--;
        return value;
    }

    private T? Unclosed<T>(TomlPosition position, string message)
        where T : class
    {
        scanner.Fault(position, message);
        return null;
    }

    private void Append(TomlTable table, TomlKeyPart key, TomlValue value) =>
        table.Append(new TomlEntry(key.Name, value, scanner.PositionOf(key.Start)) { KeyStart = key.Start });

    /// <summary>
    /// Goes to the next line; from within brackets or a multi-line string, to the next line that looks like a statement,
    /// so that one missing quote is one fault.
    /// </summary>
    private void Recover()
    {
        scanner.SkipLine();
        while (scanner.Nesting > 0 && !scanner.AtEnd && !LooksLikeStatement(CurrentLine()))
            scanner.SkipLine();
        scanner.Nesting = 0;
    }

    private ReadOnlySpan<char> CurrentLine()
    {
        var rest = scanner.Text.AsSpan(scanner.At);
        var end = rest.IndexOf('\n');
        return (end < 0 ? rest : rest[..end]).Trim();
    }

    private static bool LooksLikeStatement(ReadOnlySpan<char> line)
    {
        // With a comma at its end it is an item of something.
        if (line.IsEmpty || line[^1] == ',')
            return false;
        if (line[0] == '[')
            return line[^1] == ']' && line.Length > 2 && (char.IsAsciiLetter(line[1]) || line.StartsWith("[["));

        var at = 0;
        while (at < line.Length && (TomlKey.IsBareCharacter(line[at]) || line[at] is '.' or '"' or '\'' or ' ' or '\t'))
            at++;
        return at > 0 && at < line.Length && line[at] == '=';
    }
}
