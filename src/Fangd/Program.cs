using Fangd;
using Fangd.Cli;
using Fangd.Engine.Processes.Confinement;

// Before anything else exists: here this process becomes another program.
if (args is [ChildEntry.Word, .. var order])
    return ChildEntry.Run(order);

return await CommandLine.Run(
    args,
    CliHost.OfThisProcess((whereabouts, error, stopping) => Daemon.Run(whereabouts.NamedHome, whereabouts.NamedConfig, error, stopping)),
    CancellationToken.None);
