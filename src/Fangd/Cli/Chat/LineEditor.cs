using System.Globalization;
using System.Text;

namespace Fangd.Cli.Chat;

/// <summary>A line being edited, with the keys that shells have taught: arrows, Home, End, Ctrl-A E K U W, and history.</summary>
internal sealed class LineEditor(IReadOnlyList<string> history)
{
    private readonly StringBuilder text = new();
    private int recalled = history.Count;
    private string unsent = "";

    public string Text => text.ToString();

    /// <summary>Where the next letter goes, as an index into <see cref="Text"/>.</summary>
    public int Cursor { get; private set; }

    /// <summary>Takes one key. <paramref name="isPasted"/>: more keys wait, so Enter is part of the text.</summary>
    public EditState Press(ConsoleKeyInfo key, bool isPasted)
    {
        var isControl = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        switch (key.Key)
        {
            case ConsoleKey.C when isControl:
                return EditState.Interrupted;
            case ConsoleKey.D when isControl && text.Length == 0:
                return EditState.Closed;
            case ConsoleKey.Enter when !isPasted && !EndsWithBackslash():
                return EditState.Finished;
            case ConsoleKey.Enter:
                if (EndsWithBackslash())
                    Remove(text.Length - 1, 1);
                Insert('\n');
                break;
            case ConsoleKey.Backspace or ConsoleKey.H when key.Key == ConsoleKey.Backspace || isControl:
                Remove(Before(), Cursor - Before());
                break;
            case ConsoleKey.Delete:
            case ConsoleKey.D when isControl:
                Remove(Cursor, After() - Cursor);
                break;
            case ConsoleKey.LeftArrow:
            case ConsoleKey.B when isControl:
                Cursor = Before();
                break;
            case ConsoleKey.RightArrow:
            case ConsoleKey.F when isControl:
                Cursor = After();
                break;
            case ConsoleKey.Home:
            case ConsoleKey.A when isControl:
                Cursor = 0;
                break;
            case ConsoleKey.End:
            case ConsoleKey.E when isControl:
                Cursor = text.Length;
                break;
            case ConsoleKey.U when isControl:
                Remove(0, Cursor);
                break;
            case ConsoleKey.K when isControl:
                Remove(Cursor, text.Length - Cursor);
                break;
            case ConsoleKey.W when isControl:
                RemoveWord();
                break;
            case ConsoleKey.UpArrow:
            case ConsoleKey.P when isControl:
                Recall(recalled - 1);
                break;
            case ConsoleKey.DownArrow:
            case ConsoleKey.N when isControl:
                Recall(recalled + 1);
                break;
            default:
                if (key.KeyChar == '\t' || !char.IsControl(key.KeyChar))
                    Insert(key.KeyChar);
                break;
        }
        return EditState.Editing;
    }

    /// <summary>At the end of the line a backslash keeps Enter from sending, as in shells.</summary>
    private bool EndsWithBackslash() => Cursor == text.Length && text.Length > 0 && text[^1] == '\\';

    private void Insert(char character)
    {
        text.Insert(Cursor, character);
        Cursor++;
    }

    private void Remove(int start, int length)
    {
        text.Remove(start, length);
        Cursor = start;
    }

    private void RemoveWord()
    {
        var start = Cursor;
        while (start > 0 && char.IsWhiteSpace(text[start - 1]))
            start--;
        while (start > 0 && !char.IsWhiteSpace(text[start - 1]))
            start--;
        Remove(start, Cursor - start);
    }

    private void Recall(int index)
    {
        if (index < 0 || index > history.Count)
            return;
        if (recalled == history.Count)
            unsent = Text;
        recalled = index;
        text.Clear().Append(index == history.Count ? unsent : history[index]);
        Cursor = text.Length;
    }

    // What the eye sees as one character (a letter with its accent, a flag) is one step and one deletion.
    private int After() => Cursor == text.Length ? Cursor : Cursor + StringInfo.GetNextTextElementLength(Text.AsSpan(Cursor));

    private int Before()
    {
        var line = Text;
        var start = 0;
        for (var next = 0; next < Cursor; next += StringInfo.GetNextTextElementLength(line.AsSpan(next)))
            start = next;
        return start;
    }
}

internal enum EditState
{
    Editing,
    Finished,
    Interrupted,
    Closed,
}
