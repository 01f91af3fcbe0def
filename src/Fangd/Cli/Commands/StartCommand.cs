using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

/// <summary>Runs the daemon in the foreground; a service manager or a shell's <c>&amp;</c> puts it elsewhere.</summary>
internal sealed class StartCommand : Command
{
    public override string Name => "start";
    public override string Summary => "Run the daemon in the foreground";
    public override CommandGroup Group => CommandGroup.Daemon;

    public override string Details => """
        Works without any configuration: the home folder is then ~/.fangd, the address
        127.0.0.1:4545. SIGTERM and Ctrl-C finish what is running and stop.
        """;

    public override IReadOnlyList<string> Examples => ["fangd start", "fangd start --home /var/lib/fangd", "systemd-run --user -p Type=notify fangd start"];

    public override Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var whereabouts = context.Whereabouts;
        if (whereabouts.NamedConfig is not null && !File.Exists(whereabouts.File))
            throw new CommandException(ExitCode.Usage, $"there is no {whereabouts.File}", $"write one with: fangd init --config {whereabouts.File}");
        return context.Host.RunDaemon(whereabouts, context.Host.Error, aborted);
    }
}
