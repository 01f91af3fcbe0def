using Fangd.Engine.Tools.Shell;
using Fangd.TestKit;

namespace Fangd.UnitTests.Tools.Shell;

/// <summary>A policy over a folder of programs of the test's own, so that what is installed does not matter.</summary>
internal sealed class ExecBench : IDisposable
{
    private static readonly string[] _scripts = ["git", "make", "rm", "awk", "python3", "curl", "tee", "xargs", "find", "timeout", "nice", "sudo", "busybox", "zsh", "fangd"];
    private static readonly string[] _linked =
        ["sh", "bash", "dash", "env", "cat", "sort", "uniq", "head", "tail", "wc", "cut", "tr", "date", "echo", "printf", "true", "false", "sleep", "pwd", "ls", "mkdir"];

    private readonly TempFolder root = new();

    public ExecBench()
    {
        foreach (var name in _scripts)
            Executable(root.Write("bin/" + name, "#!/bin/sh\nexit 0\n"));
        foreach (var name in _linked)
            Executable(root.Write("bin/" + name, ""));
        File.CreateSymbolicLink(root["bin/rescue"], root["bin/dash"]);
        Directory.CreateDirectory(Workspace);
        // What an agent may have put into its workspace.
        File.CreateSymbolicLink(root["work/cat"], root["bin/sh"]);
        File.CreateSymbolicLink(root["work/outside"], "/etc");
        File.CreateSymbolicLink(root["work/self"], root["bin/fangd"]);
        Executable(root.Write("work/run.sh", "#!/bin/sh\n"));
        root.Write("work/notes.txt", "text");
        Policy = new ExecPolicy([Bin], root["bin/fangd"]);
    }

    public ExecPolicy Policy { get; }

    public string Bin => root["bin"];

    public string Workspace => root["work"];

    public ExecGrant Grant(ExecMode mode, IReadOnlyList<string>? allowed = null, params string[] shell) => new()
    {
        Rules = Rules(mode, allowed),
        Shell = shell.Length > 0 ? shell : ["*"],
        Workspace = Workspace,
    };

    public static ExecRules Rules(ExecMode mode, IReadOnlyList<string>? allowed = null) => new()
    {
        Mode = mode,
        SafeBins = ["sleep", "true", "false", "cat", "sort", "uniq", "cut", "tr", "head", "tail", "wc", "date", "echo", "printf", "basename", "dirname", "pwd", "env"],
        AllowedCommands = allowed ?? [],
        TimeoutSecs = 30,
        MaxOutputBytes = 102_400,
        NoOutputTimeoutSecs = 30,
        ShellEnvPassthrough = [],
    };

    /// <summary>The plan with the folder of programs left out.</summary>
    public string Plan(string command, ExecGrant grant)
    {
        var plan = Policy.Admit(command, grant);
        return string.Join(' ', plan.Arguments.Prepend(plan.FileName)).Replace(Bin + "/", "", StringComparison.Ordinal).Replace(Workspace, "~", StringComparison.Ordinal);
    }

    public string? Reason(string command, ExecGrant grant)
    {
        try
        {
            Policy.Admit(command, grant);
            return null;
        }
        catch (CommandRefusal refusal)
        {
            return refusal.Message;
        }
    }

    public void Dispose() => root.Dispose();

    private static void Executable(string path) => File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}
