using Fangd.Cli.Api;
using Fangd.Cli.Output;
using Fangd.Cli.Settings;
using Fangd.Cli.Syntax;

namespace Fangd.Cli;

/// <summary>What one command works with. Configuration and connection are made when a command asks for them, not before.</summary>
internal sealed class CommandContext(CliHost host, ParsedLine line, TerminalOutput output, IReadOnlyList<Command> commands) : IDisposable
{
    private DaemonAddress? address;
    private DaemonClient? client;

    public CliHost Host => host;
    public ParsedLine Line => line;
    public TerminalOutput Output => output;
    public IReadOnlyList<Command> Commands => commands;
    public bool IsJson => line.Has(GlobalOptions.Json);

    public Whereabouts Whereabouts => Whereabouts.From(line, host.Variable);

    /// <summary>Where the daemon is and with which key. Reads the configuration only when no option or variable says so.</summary>
    public DaemonAddress Address => address ??= DaemonAddress.Find(line, host, Whereabouts);

    public DaemonClient Client => client ??= new DaemonClient(Address, host.Time);

    public void Dispose() => client?.Dispose();
}
