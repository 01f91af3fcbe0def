namespace Fangd.Toml;

/// <summary>A part of a key and the offset where it starts.</summary>
internal readonly record struct TomlKeyPart(string Name, int Start);

/// <summary>The characters of a text: where we are, blanks, line ends, comments, keys, and the list of faults.</summary>
internal sealed class TomlScanner(string text)
{
    /// <summary>Levels of tables and arrays together. Bounds the recursion of everything that walks a tree.</summary>
    public const int MaxDepth = 128;

    /// <summary>More faults than a person reads at once; the rest of the text is not looked at.</summary>
    public const int MaxFaults = 100;

    private int _line = 1;

    public string Text { get; } = text;

    public int At { get; set; }

    public int LineStart { get; private set; }

    /// <summary>Open brackets, braces and multi-line strings around the current place.</summary>
    public int Nesting { get; set; }

    /// <summary>The header in force.</summary>
    public List<TomlKeyPart> Section { get; } = [];

    /// <summary>The key being read, below the header.</summary>
    public List<TomlKeyPart> Path { get; } = [];

    public List<TomlFault> Faults { get; } = [];

    public bool AtEnd => At >= Text.Length;

    /// <summary>The current character; NUL at the end, which no rule accepts either.</summary>
    public char Current => At < Text.Length ? Text[At] : '\0';

    /// <summary>Why a key may have ended here.</summary>
    public string KeyHint => Current > '\u007F' ? ": a key with other characters than A-Z a-z 0-9 _ - needs quotes" : "";

    public char Ahead(int count) => At + count < Text.Length ? Text[At + count] : '\0';

    /// <summary>The place of an offset on the current line.</summary>
    public TomlPosition PositionOf(int offset) => new(_line, offset - LineStart + 1);

    /// <summary>Records a fault on the current line.</summary>
    /// <returns>False, so that a rule can return it.</returns>
    public bool Fault(int offset, string message) => Fault(PositionOf(offset), message);

    public bool Fault(TomlPosition position, string message)
    {
        if (Faults.Count < MaxFaults)
        {
            var keys = Section.Concat(Path).Select(part => part.Name);
            Faults.Add(new TomlFault(position.Line, position.Column, TomlKey.Join(keys), message));
        }

        return false;
    }

    public void SkipByteOrderMark()
    {
        if (Text.StartsWith('\uFEFF'))
            At = LineStart = 1;
    }

    public void SkipBlanks()
    {
        while (At < Text.Length && Text[At] is ' ' or '\t')
            At++;
    }

    /// <summary>Consumes LF or CR LF.</summary>
    public bool TryNewline()
    {
        if (Current == '\n')
            At++;
        else if (Current == '\r' && Ahead(1) == '\n')
            At += 2;
        else
            return false;

        _line++;
        LineStart = At;
        return true;
    }

    /// <summary>Consumes a comment up to the end of its line.</summary>
    public bool ReadComment()
    {
        while (At < Text.Length && Text[At] != '\n')
        {
            if (IsControl(Text[At]) && !(Text[At] == '\r' && Ahead(1) == '\n'))
                return Fault(At, $"{Name(Text[At])} is not allowed in a comment");
            if (Text[At] == '\r')
                break;
            At++;
        }

        return true;
    }

    /// <summary>Consumes blanks, a comment, and the end of the line or text.</summary>
    public bool ReadEndOfLine()
    {
        SkipBlanks();
        if (Current == '#' && !ReadComment())
            return false;
        return AtEnd || TryNewline() || Fault(At, $"expected the end of the line, found {Describe()}");
    }

    /// <summary>Consumes blanks, line ends and comments, as between the items of an array.</summary>
    public bool SkipLines()
    {
        while (true)
        {
            SkipBlanks();
            if (Current == '#' && !ReadComment())
                return false;
            if (!TryNewline())
                return true;
        }
    }

    /// <summary>Goes to the start of the next line, whatever is on this one.</summary>
    public void SkipLine()
    {
        var end = Text.IndexOf('\n', Math.Min(At, Text.Length));
        At = end < 0 ? Text.Length : end;
        TryNewline();
    }

    /// <summary>Reads a key, dotted or not, and appends its parts.</summary>
    public bool ReadKey(List<TomlKeyPart> parts)
    {
        while (true)
        {
            var start = At;
            if (ReadKeyPart() is not { } name)
                return false;

            parts.Add(new TomlKeyPart(name, start));
            if (Section.Count + Path.Count + Nesting > MaxDepth)
                return Fault(start, $"nested deeper than {MaxDepth} levels");

            // A dot may have blanks around it; without a dot the blanks are the caller's.
            var end = At;
            SkipBlanks();
            if (Current != '.')
            {
                At = end;
                return true;
            }

            At++;
            SkipBlanks();
        }
    }

    public static bool IsControl(char c) => c is < ' ' and not '\t' or '\u007F';

    /// <summary>A character as a message names it.</summary>
    public static string Name(char c) => IsControl(c) ? $"the control character U+{(int)c:X4}" : $"'{c}'";

    public string Describe() => AtEnd ? "the end of the text" : Current is '\n' or '\r' ? "the end of the line" : Name(Current);

    /// <summary>A state to come back to when a multi-line string turns out to have no end.</summary>
    public (int At, int Line, int LineStart) Mark() => (At, _line, LineStart);

    public void Return((int At, int Line, int LineStart) mark) => (At, _line, LineStart) = mark;

    private string? ReadKeyPart()
    {
        if (Current is '"' or '\'')
        {
            if (Ahead(1) == Current && Ahead(2) == Current)
            {
                Fault(At, "a key cannot be a multi-line string");
                return null;
            }

            return TomlStrings.ReadSingleLine(this);
        }

        var start = At;
        while (At < Text.Length && TomlKey.IsBareCharacter(Text[At]))
            At++;
        if (At > start)
            return Text[start..At];

        Fault(At, $"expected a key, found {Describe()}{KeyHint}");
        return null;
    }
}
