using System.Text;
using Fangd.Cli.Output;

namespace Fangd.Cli.Chat;

/// <summary>Edits a line key by key and shows it in one row, scrolled sideways when it is longer.</summary>
internal sealed class EditedPrompt(IKeyboard keyboard, TerminalOutput output, InputHistory history) : IPrompt
{
    public async Task<PromptAnswer> Ask(string prompt, CancellationToken aborted)
    {
        var editor = new LineEditor(history.Lines);
        Show(prompt, editor);
        while (true)
        {
            var key = await Task.Run(keyboard.Read, aborted);
            var isPasted = keyboard.HasMore;
            var state = editor.Press(key, isPasted);
            if (!isPasted || state != EditState.Editing)
                Show(prompt, editor);
            if (state == EditState.Editing)
                continue;
            output.Line();
            if (state == EditState.Finished)
                history.Add(editor.Text);
            return state switch
            {
                EditState.Finished => new PromptAnswer(PromptEnd.Line, editor.Text),
                // With text in the line, Ctrl-C throws only the text away.
                EditState.Interrupted when editor.Text.Length > 0 => new PromptAnswer(PromptEnd.Line, ""),
                EditState.Interrupted => new PromptAnswer(PromptEnd.Interrupted, ""),
                _ => new PromptAnswer(PromptEnd.Closed, ""),
            };
        }
    }

    private void Show(string prompt, LineEditor editor)
    {
        var line = editor.Text.Replace('\n', '↵').Replace('\t', ' ');
        var room = Math.Max(10, keyboard.Columns - CharacterWidth.Of(prompt) - 1);
        var start = 0;
        while (CharacterWidth.Of(line[start..editor.Cursor]) >= room)
            start += char.IsSurrogatePair(line, start) ? 2 : 1;
        var shown = new StringBuilder();
        var width = 0;
        foreach (var rune in line[start..].EnumerateRunes())
        {
            width += CharacterWidth.Of(rune);
            if (width > room)
                break;
            shown.Append(rune.ToString());
        }
        var column = CharacterWidth.Of(prompt) + CharacterWidth.Of(line[start..editor.Cursor]);
        output.Write($"\r{output.Bold(prompt)}{shown}\e[K\r{(column > 0 ? $"\e[{column}C" : "")}");
    }
}
