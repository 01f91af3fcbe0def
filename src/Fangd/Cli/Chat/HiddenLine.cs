using System.Text;

namespace Fangd.Cli.Chat;

/// <summary>Reads a line from a terminal without showing it: for secrets.</summary>
internal static class HiddenLine
{
    /// <summary>Blocks until Enter. Ctrl-C throws <see cref="OperationCanceledException"/>.</summary>
    public static string Read(IKeyboard keyboard)
    {
        var line = new StringBuilder();
        while (true)
        {
            var key = keyboard.Read();
            if (key.Key == ConsoleKey.Enter)
                return line.ToString();
            if (key is { Key: ConsoleKey.C, Modifiers: ConsoleModifiers.Control })
                throw new OperationCanceledException();
            if (key.Key == ConsoleKey.Backspace)
                line.Length = Math.Max(0, line.Length - 1);
            else if (!char.IsControl(key.KeyChar))
                line.Append(key.KeyChar);
        }
    }
}
