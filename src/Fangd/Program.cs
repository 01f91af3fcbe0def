using Fangd;
using Fangd.Cli;

return await CommandLine.Run(
    args,
    CliHost.OfThisProcess((whereabouts, error, stopping) => Daemon.Run(whereabouts.NamedHome, whereabouts.NamedConfig, error, stopping)),
    CancellationToken.None);
