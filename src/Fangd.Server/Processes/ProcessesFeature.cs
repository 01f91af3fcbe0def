using System.Runtime.CompilerServices;
using Fangd.Engine.Processes;
using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Shell;
using Fangd.Server.Agents;
using Fangd.Server.Security;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Processes;

/// <summary>Everything that runs as a process of its own: the shell tools here, and what other features start through <see cref="Runner"/>.</summary>
internal sealed partial class ProcessesFeature : IDisposable
{
    private readonly ProcessTable _table;
    private readonly ILogger<ProcessesFeature> _log;
    private volatile ExecRules _rules;

    public ProcessesFeature(Foundation on, AgentLifecycle lifecycle)
    {
        _rules = on.Config.ExecPolicy;
        _log = on.Log<ProcessesFeature>();
        var daemon = DaemonBinary();
        Runner = new ProcessRunner(on.Options.Environment, on.Time, daemon);
        Policy = new ExecPolicy(Runner.SearchPath, daemon);
        _table = new ProcessTable(Runner, on.Time);
        var launcher = new CommandLauncher(Runner, Policy, () => _rules);
        Tools =
        [
            new ShellExecTool(launcher),
            new ProcessStartTool(launcher, _table),
            new ProcessPollTool(_table),
            new ProcessWriteTool(_table),
            new ProcessKillTool(_table),
            new ProcessListTool(_table),
        ];
        lifecycle.OnEnd(_table.EndAgent);
    }

    public IReadOnlyList<ITool> Tools { get; }

    public ProcessRunner Runner { get; }

    /// <summary>What agents may run, also by the settings that they write for others to start.</summary>
    public ExecPolicy Policy { get; }

    /// <summary>What stands around the processes of agents on this machine.</summary>
    public SandboxStatus Sandbox => Runner.Sandbox;

    public SecuritySystem Security => new(
        SecuritySystems.SubprocessSandbox,
        "commands of agents run with a cleared environment, limits, Landlock and a filter on system calls, and die with the daemon",
        () => Sandbox is { Files.IsActive: true, SystemCalls.IsActive: true } ? null : $"files: {Sandbox.Files}; system calls: {Sandbox.SystemCalls}");

    /// <summary>Says so when agents may run something and a wall is missing.</summary>
    public void Start()
    {
        var status = Sandbox;
        if (_rules.Mode != ExecMode.Deny && !(status.Files.IsActive && status.SystemCalls.IsActive))
            NotConfined(status.Files.ToString(), status.SystemCalls.ToString());
    }

    /// <summary>Puts new rules in force, from the next command on.</summary>
    public void Apply(ExecRules rules) => _rules = rules;

    /// <summary>Ends what agents left running.</summary>
    public Task Stop() => _table.EndAll();

    public void Dispose() => Runner.Dispose();

    /// <summary>This program, or under a test host the program beside it; null when neither is there.</summary>
    private static string? DaemonBinary()
    {
        // Compiled ahead of time this program is the binary, whatever its user called it, and may look so where dotnet runs it.
        if (Environment.ProcessPath is { } own && Path.GetFileName(own) is var name && (name == "fangd" || (name != "dotnet" && !RuntimeFeature.IsDynamicCodeSupported)))
            return own;
        var beside = Path.Combine(AppContext.BaseDirectory, "fangd");
        return File.Exists(beside) && File.Exists(beside + ".dll") ? beside : null;
    }

    [LoggerMessage(LogLevel.Warning, "Commands of agents are not fully confined on this machine: files {Files}, system calls {SystemCalls}.")]
    private partial void NotConfined(string files, string systemCalls);
}
