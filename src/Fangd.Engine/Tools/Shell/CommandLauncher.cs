using Fangd.Engine.Processes;

namespace Fangd.Engine.Tools.Shell;

/// <summary>From an admitted command to a process: its folder, its walls, its limits.</summary>
/// <param name="runner">Starts the processes.</param>
/// <param name="policy">Says what may run.</param>
/// <param name="rules">The daemon's rules, asked for each command: a reload puts others in force.</param>
public sealed class CommandLauncher(ProcessRunner runner, ExecPolicy policy, Func<ExecRules> rules)
{
    /// <summary>Of a small board with 4 GiB two such processes fit beside the daemon.</summary>
    private const long MaxMemoryBytes = 1536L << 20;

    private const long MaxFileBytes = 1L << 30;

    internal ProcessRunner Runner => runner;

    internal ExecPolicy Policy => policy;

    internal ExecGrant GrantOf(ToolScope scope) => ExecGrant.Of(scope.Agent, rules(), scope.Workspace);

    /// <summary>Makes the workspace when it is not there yet.</summary>
    internal ProcessSpec Prepare(ExecPlan plan, ExecGrant grant)
    {
        // Programs that need a home or a place for temporary files have it where nobody else's files are.
        var temporary = Path.Combine(grant.Workspace, ".tmp");
        Directory.CreateDirectory(temporary, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new ProcessSpec
        {
            FileName = plan.FileName,
            Arguments = plan.Arguments,
            WorkingDirectory = grant.Workspace,
            Environment = new Dictionary<string, string> { ["HOME"] = grant.Workspace, ["TMPDIR"] = temporary, ["TMP"] = temporary, ["TEMP"] = temporary },
            PassThrough = grant.Rules.ShellEnvPassthrough,
            Limits = new ProcessLimits { MemoryBytes = MaxMemoryBytes, FileBytes = MaxFileBytes, MaxOutputBytes = grant.Rules.MaxOutputBytes },
            Sandbox = new Sandbox
            {
                Readable = [.. runner.SearchPath, .. grant.Rules.ReadableFolders],
                Writable = [grant.Workspace, .. grant.Rules.WritableFolders],
                IsNetworkAllowed = grant.IsNetworkAllowed,
            },
        };
    }
}
