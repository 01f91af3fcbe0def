using Fangd.Cli.Settings;

namespace Fangd.Cli;

/// <summary>
/// Runs the daemon in the foreground until it is told to stop and returns the exit code of the process: 0 after a drain, 2 for a
/// configuration that cannot be used.
/// </summary>
internal delegate Task<int> RunDaemon(Whereabouts whereabouts, TextWriter error, CancellationToken stopping);
