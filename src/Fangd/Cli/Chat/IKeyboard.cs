namespace Fangd.Cli.Chat;

/// <summary>The keys of a terminal, one at a time.</summary>
internal interface IKeyboard
{
    /// <summary>Blocks until a key is pressed; Ctrl-C is a key like any other.</summary>
    ConsoleKeyInfo Read();

    /// <summary>More keys are waiting: somebody pasted.</summary>
    bool HasMore { get; }

    /// <summary>Width of the terminal in cells.</summary>
    int Columns { get; }
}
