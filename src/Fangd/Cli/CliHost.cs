using System.Runtime.InteropServices;
using System.Text;
using Fangd.Cli.Chat;

namespace Fangd.Cli;

/// <summary>What a process offers to the commands; tests bring their own. Everything is made when first used.</summary>
internal sealed class CliHost
{
    public required TextWriter Out { get; init; }
    public required TextWriter Error { get; init; }
    public required Func<TextReader> In { get; init; }

    /// <summary>An environment variable; null when it is not set or empty.</summary>
    public required Func<string, string?> Variable { get; init; }

    public required TimeProvider Time { get; init; }
    public required RunDaemon RunDaemon { get; init; }

    /// <summary>Calls back for each Ctrl-C until disposed; the process then does not end by it.</summary>
    public required Func<Action, IDisposable> OnInterrupt { get; init; }

    public bool IsInputTerminal { get; init; }
    public bool IsOutputTerminal { get; init; }

    /// <summary>Key presses of a terminal; null where lines must do.</summary>
    public Func<IKeyboard>? Keyboard { get; init; }

    public static CliHost OfThisProcess(RunDaemon runDaemon)
    {
        var isInputTerminal = !Console.IsInputRedirected;
        var isDumb = Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb";
        return new CliHost
        {
            // Not Console.Out: it reads the terminal's database before the first letter.
            Out = Writer(Console.OpenStandardOutput()),
            Error = Writer(Console.OpenStandardError()),
            In = () => new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false)),
            Variable = name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null,
            Time = TimeProvider.System,
            RunDaemon = runDaemon,
            OnInterrupt = callback => PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
            {
                signal.Cancel = true;
                callback();
            }),
            IsInputTerminal = isInputTerminal,
            IsOutputTerminal = !Console.IsOutputRedirected,
            Keyboard = isInputTerminal && !isDumb ? static () => new TerminalKeyboard() : null,
        };
    }

    private static StreamWriter Writer(Stream stream) => new(stream, new UTF8Encoding(false), 1024) { AutoFlush = true };
}
