using Fangd.Cli.Chat;
using Fangd.Cli.Output;

namespace Fangd.UnitTests.Cli;

public sealed class LineEditorTests
{
    private static LineEditor Typed(string keys, params string[] history)
    {
        var editor = new LineEditor(history);
        foreach (var key in keys)
            editor.Press(ScriptedKeyboard.Key(key), isPasted: false);
        return editor;
    }

    [Theory]
    [InlineData("hello", "hello")]
    [InlineData("helo\u0002l", "hello")]
    [InlineData("ello\u0001h", "hello")]
    [InlineData("hello world\u0017", "hello ")]
    [InlineData("hello world\u0002\u0002\u000b", "hello wor")]
    [InlineData("hello\u0015bye", "bye")]
    [InlineData("hello\b\b", "hel")]
    [InlineData("hello\u0001\u0004", "ello")]
    [InlineData("\b\u0017\u0004x", "x")]
    public void Keys_edit_as_in_a_shell(string keys, string text) => Assert.Equal(text, Typed(keys).Text);

    [Theory]
    [InlineData("a👩‍👩‍👧")]
    [InlineData("ae\u0301")]
    [InlineData("a🇩🇪")]
    public void What_looks_like_one_character_is_deleted_as_one(string text) => Assert.Equal("a", Typed(text + "\b").Text);

    [Fact]
    public void History_is_walked_and_the_unsent_line_comes_back()
    {
        var editor = Typed("new", "first", "second");

        editor.Press(ScriptedKeyboard.Key(ConsoleKey.UpArrow), false);
        editor.Press(ScriptedKeyboard.Key(ConsoleKey.UpArrow), false);
        editor.Press(ScriptedKeyboard.Key(ConsoleKey.UpArrow), false);
        Assert.Equal("first", editor.Text);

        editor.Press(ScriptedKeyboard.Key(ConsoleKey.DownArrow), false);
        Assert.Equal("second", editor.Text);
        editor.Press(ScriptedKeyboard.Key(ConsoleKey.DownArrow), false);
        Assert.Equal(("new", 3), (editor.Text, editor.Cursor));
    }

    [Fact]
    public void A_pasted_line_break_and_one_behind_a_backslash_belong_to_the_text()
    {
        var editor = Typed("one");

        Assert.Equal(EditState.Editing, editor.Press(ScriptedKeyboard.Key('\r'), isPasted: true));
        foreach (var key in "two\\")
            editor.Press(ScriptedKeyboard.Key(key), false);
        Assert.Equal(EditState.Editing, editor.Press(ScriptedKeyboard.Key('\r'), isPasted: false));

        Assert.Equal("one\ntwo\n", editor.Text);
        Assert.Equal(EditState.Finished, editor.Press(ScriptedKeyboard.Key('\r'), isPasted: false));
    }

    [Fact]
    public void Ctrl_d_closes_only_an_empty_line()
    {
        Assert.Equal(EditState.Closed, new LineEditor([]).Press(ScriptedKeyboard.Key('\u0004'), false));
        Assert.Equal(EditState.Editing, Typed("x").Press(ScriptedKeyboard.Key('\u0004'), false));
    }

    [Fact]
    public void The_history_file_keeps_the_newest_lines_and_their_line_breaks()
    {
        using var cli = new CliRun();
        var path = Path.Combine(cli.Home, "chat_history");
        var history = new InputHistory(path);
        for (var line = 0; line < InputHistory.MaxLines + 5; line++)
            history.Add($"line {line}");
        history.Add("two\nlines \\n");
        history.Add("two\nlines \\n");
        history.Add(" ");
        history.Save();

        var read = new InputHistory(path).Lines;

        Assert.Equal(InputHistory.MaxLines, read.Count);
        Assert.Equal(("line 504", "two\nlines \\n"), (read[^2], read[^1]));
    }

    [Theory]
    [InlineData("abc", 3)]
    [InlineData("日本", 4)]
    [InlineData("e\u0301", 1)]
    [InlineData("🎉", 2)]
    public void Width_is_in_cells(string text, int width) => Assert.Equal(width, CharacterWidth.Of(text));

    [Fact]
    public void Plain_text_keeps_line_breaks_and_tabs_and_nothing_else_that_controls() =>
        Assert.Equal("a\tb\nc]0;x[2Jd", PlainText.Of("a\tb\nc\e]0;x\a\u009b\e[2J\rd\u007f"));
}
