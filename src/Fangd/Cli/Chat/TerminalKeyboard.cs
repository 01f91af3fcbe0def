namespace Fangd.Cli.Chat;

/// <summary>The terminal of this process.</summary>
internal sealed class TerminalKeyboard : IKeyboard
{
    public bool HasMore => Console.KeyAvailable;

    public int Columns => Console.WindowWidth is > 20 and var width ? width : 80;

    public ConsoleKeyInfo Read()
    {
        // Only while a line is edited: during a run Ctrl-C is a signal, which arrives although nobody reads.
        Console.TreatControlCAsInput = true;
        try
        {
            return Console.ReadKey(intercept: true);
        }
        finally
        {
            Console.TreatControlCAsInput = false;
        }
    }
}
