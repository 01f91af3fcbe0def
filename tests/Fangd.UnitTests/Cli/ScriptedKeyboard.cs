using Fangd.Cli.Chat;

namespace Fangd.UnitTests.Cli;

/// <summary>Presses keys: each text is typed, in a row; control characters are Ctrl with the letter, <c>\r</c> is Enter.</summary>
internal sealed class ScriptedKeyboard(params string[] texts) : IKeyboard
{
    private readonly Queue<ConsoleKeyInfo> keys = new(texts.SelectMany(text => text.Select(Key)));

    public bool HasMore => false;

    public int Columns => 80;

    public ConsoleKeyInfo Read() => keys.Dequeue();

    public static ConsoleKeyInfo Key(char character) => character switch
    {
        '\r' => new ConsoleKeyInfo('\r', ConsoleKey.Enter, false, false, false),
        '\b' => new ConsoleKeyInfo('\b', ConsoleKey.Backspace, false, false, false),
        < ' ' => new ConsoleKeyInfo(character, ConsoleKey.A + (character - 1), false, false, true),
        >= 'a' and <= 'z' => new ConsoleKeyInfo(character, ConsoleKey.A + (character - 'a'), false, false, false),
        _ => new ConsoleKeyInfo(character, ConsoleKey.None, false, false, false),
    };

    public static ConsoleKeyInfo Key(ConsoleKey key) => new('\0', key, false, false, false);
}
