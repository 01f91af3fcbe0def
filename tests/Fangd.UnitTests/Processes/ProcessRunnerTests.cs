using System.Diagnostics;
using System.Globalization;
using Fangd.Engine.Processes;

namespace Fangd.UnitTests.Processes;

/// <summary>How processes start, speak and end, whatever they do.</summary>
public sealed class ProcessRunnerTests : IDisposable
{
    private readonly ProcessRig rig = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task Both_outputs_and_the_code_come_back()
    {
        var result = await rig.Runner.Run(rig.Shell("echo out; echo err >&2; pwd; exit 3"), Cancel);

        Assert.Equal(new ProcessExit(3, null), result.Exit);
        Assert.Equal($"out\n{rig.Folder.Root}\n", result.Output.Text);
        Assert.Equal("err\n", result.Error.Text);
        Assert.Equal(ProcessEnding.Own, result.Ending);
    }

    [Fact]
    public async Task Without_the_helper_it_runs_all_the_same()
    {
        using var bare = new ProcessRig(hasHelper: false);

        var result = await bare.Runner.Run(bare.Shell("pwd; exit 4"), Cancel);

        Assert.Equal((4, bare.Folder.Root + "\n"), (result.Exit.Code, result.Output.Text));
        Assert.False(bare.Runner.Sandbox.Files.IsActive);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_a_sentence()
    {
        var spec = rig.Shell("") with { FileName = "/no/such/program" };

        var refused = await Assert.ThrowsAsync<ProcessException>(() => rig.Runner.Run(spec, Cancel));

        Assert.Equal("/no/such/program cannot be started: there is no such file", refused.Message);
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_a_sentence()
    {
        var refused = await Assert.ThrowsAsync<ProcessException>(() => rig.Runner.Run(rig.Shell("true") with { WorkingDirectory = "/no/such" }, Cancel));

        Assert.Contains("the working folder: there is no such file", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signal_is_told_apart_from_a_code()
    {
        var result = await rig.Runner.Run(rig.Shell("kill -SEGV $$"), Cancel);

        Assert.Equal(new ProcessExit(null, 11), result.Exit);
        Assert.Equal(139, result.Exit.Status);
    }

    [Fact(Timeout = 60_000)]
    public async Task Of_a_flood_the_beginning_and_the_end_are_kept()
    {
        var result = await rig.Runner.Run(rig.Shell("echo first; head -c 200000000 /dev/zero | tr '\\0' x; echo last") with { Limits = new ProcessLimits { MaxOutputBytes = 4096 } }, Cancel);

        Assert.StartsWith("first\nxxx", result.Output.Text, StringComparison.Ordinal);
        Assert.EndsWith("xxxlast\n", result.Output.Text, StringComparison.Ordinal);
        Assert.InRange(result.Output.Text.Length, 4096, 4200);
        Assert.Equal(200_000_011 - 4096, result.Output.BytesCut);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_process_that_hangs_is_ended_with_all_it_started()
    {
        var result = await rig.Runner.Run(
            rig.Shell("sleep 1000 & echo $! > pid; trap '' TERM; while true; do sleep 1000; done") with { Limits = new ProcessLimits { Timeout = TimeSpan.FromSeconds(1) } }, Cancel);

        Assert.Equal(ProcessEnding.TimedOut, result.Ending);
        Assert.False(IsAlive(rig.Folder.Read("pid")));
    }

    [Fact(Timeout = 60_000)]
    public async Task Sigterm_lets_it_clean_up()
    {
        var result = await rig.Runner.Run(
            rig.Shell("trap 'echo tidy; exit 5' TERM; echo on; while true; do sleep 0.05; done") with { Limits = new ProcessLimits { Timeout = TimeSpan.FromSeconds(1) } }, Cancel);

        Assert.Equal((ProcessEnding.TimedOut, 5, "on\ntidy\n"), (result.Ending, result.Exit.Code, result.Output.Text));
    }

    [Fact(Timeout = 60_000)]
    public async Task One_that_is_silent_for_too_long_is_ended()
    {
        var result = await rig.Runner.Run(
            rig.Shell("echo on; exec sleep 1000") with { Limits = new ProcessLimits { SilenceTimeout = TimeSpan.FromSeconds(1) } }, Cancel);

        Assert.Equal((ProcessEnding.Silent, "on\n"), (result.Ending, result.Output.Text));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_grandchild_that_keeps_the_pipe_does_not_hold_up_the_answer()
    {
        var result = await rig.Runner.Run(rig.Shell("sleep 1000 & echo $! > pid; echo done"), Cancel);

        Assert.Equal((0, "done\n"), (result.Exit.Code, result.Output.Text));
        Assert.False(IsAlive(rig.Folder.Read("pid")));
    }

    [Trait("suite", "escape")]
    [Fact(Timeout = 60_000)]
    public async Task One_that_left_its_group_is_ended_too()
    {
        // An interactive shell puts each job into a group of its own.
        var result = await rig.Runner.Run(rig.Shell("set -m; sleep 1000 & echo $! > pid; echo done"), Cancel);

        Assert.Equal("done\n", result.Output.Text);
        Assert.False(IsAlive(rig.Folder.Read("pid")));
    }

    [Fact(Timeout = 60_000)]
    public async Task Cancellation_ends_it_and_throws()
    {
        using var run = new CancellationTokenSource();
        var running = rig.Runner.Run(rig.Shell("echo $$ > pid; exec sleep 1000"), run.Token);
        while (!File.Exists(rig.Folder["pid"]) || rig.Folder.Read("pid").Length == 0)
            await Task.Yield();

        await run.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.False(IsAlive(rig.Folder.Read("pid")));
    }

    [Fact(Timeout = 60_000)]
    public async Task No_zombie_stays()
    {
        for (var i = 0; i < 5; i++)
            await rig.Runner.Run(rig.Shell("exit 0"), Cancel);

        var own = Directory.EnumerateDirectories("/proc").Where(folder => IsZombieOf(folder, Environment.ProcessId)).ToList();

        Assert.Empty(own);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_made_text()
    {
        var result = await rig.Runner.Run(rig.Shell("printf 'a\\000b\\377c\\303'"), Cancel);

        Assert.Equal("a\uFFFDb\uFFFDc\uFFFD", result.Output.Text);
    }

    [Trait("suite", "escape")]
    [Fact]
    public async Task The_environment_is_cleared()
    {
        Environment.SetEnvironmentVariable("FANGD_TEST_SECRET", "s3cret");
        Environment.SetEnvironmentVariable("FANGD_TEST_PASSES", "yes");
        var spec = rig.Shell("") with
        {
            FileName = "/usr/bin/env",
            Arguments = [],
            PassThrough = ["FANGD_TEST_PASSES"],
            Environment = new Dictionary<string, string> { ["HOME"] = "/own", ["ADDED"] = "1" },
        };

        var names = (await rig.Runner.Run(spec, Cancel)).Output.Text.Split('\n').Select(line => line.Split('=')[0]).ToList();

        Assert.DoesNotContain("FANGD_TEST_SECRET", names);
        Assert.Contains("FANGD_TEST_PASSES", names);
        Assert.Contains("ADDED", names);
        Assert.All(names.Where(name => name.Length > 0), name => Assert.Contains(name, (string[])["PATH", "HOME", "TMPDIR", "TMP", "TEMP", "LANG", "LC_ALL", "TERM", "FANGD_TEST_PASSES", "ADDED"]));
    }

    [Trait("suite", "escape")]
    [Fact]
    public async Task Nothing_of_the_daemons_open_files_passes()
    {
        await using var open = File.OpenRead("/etc/hostname");

        var result = await rig.Runner.Run(rig.Shell("") with { FileName = "/bin/ls", Arguments = ["/proc/self/fd"] }, Cancel);

        Assert.Equal("0\n1\n2\n3\n", result.Output.Text); // 3 is the folder that ls reads
    }

    [Trait("suite", "escape")]
    [Fact]
    public async Task Limits_hold()
    {
        var limits = new ProcessLimits { FileBytes = 1_048_576, OpenFiles = 64, CpuSeconds = 7, MemoryBytes = 67_108_864 };
        var result = await rig.Runner.Run(rig.Shell("ulimit -f; ulimit -n; ulimit -t; ulimit -d; ulimit -c") with { Limits = limits }, Cancel);

        Assert.Equal("2048\n64\n7\n65536\n0\n", result.Output.Text); // in blocks of 512 bytes, files, seconds, KiB
    }

    [Fact]
    public async Task A_broken_pipe_ends_a_writer()
    {
        var result = await rig.Runner.Run(rig.Shell("yes | head -n 1") with { Limits = new ProcessLimits { Timeout = TimeSpan.FromSeconds(20) } }, Cancel);

        Assert.Equal((ProcessEnding.Own, "y\n"), (result.Ending, result.Output.Text));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_conversation_over_pipes_works_and_costs_no_thread()
    {
        var children = new List<ChildProcess>();
        for (var i = 0; i < 8; i++)
            children.Add(await rig.Runner.Start(rig.Shell("") with { FileName = "/bin/cat", Arguments = [], HasInput = true }, Cancel));
        var threads = ThreadPool.ThreadCount;
        var waiting = children.Select(child => child.Output.ReadAsync(new byte[16], Cancel).AsTask()).ToList();
        // Readers that blocked would hold the pool's threads, and this one would wait behind them.
        await Task.Run(() => { }, Cancel);
        Assert.InRange(ThreadPool.ThreadCount, 0, threads + 4);
        Assert.All(waiting, reading => Assert.False(reading.IsCompleted));

        foreach (var child in children)
        {
            await child.Input.WriteAsync("hello"u8.ToArray(), Cancel);
            await child.Input.FlushAsync(Cancel);
        }
        Assert.All(await Task.WhenAll(waiting), length => Assert.Equal(5, length));

        foreach (var child in children)
        {
            await child.Input.DisposeAsync();
            Assert.Equal(0, (await child.Exited).Code);
            await child.DisposeAsync();
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Disposing_the_runner_ends_all_children()
    {
        var child = await rig.Runner.Start(rig.Shell("exec sleep 1000"), Cancel);

        rig.Runner.Dispose();

        Assert.Equal(9, (await child.Exited).Signal);
        await Assert.ThrowsAsync<ProcessException>(() => rig.Runner.Run(rig.Shell("true"), Cancel));
    }

    [Trait("suite", "escape")]
    [Fact(Timeout = 60_000)]
    public async Task A_child_dies_with_its_daemon()
    {
        // The helper stands for any child whose parent is gone by the time it looks.
        using var orphan = Process.Start(new ProcessStartInfo(ProcessRig.Helper, ["--exec-child", "parent=1", "dir=/", "--", "/bin/echo", "ran"]) { RedirectStandardOutput = true })!;

        Assert.Equal("", await orphan.StandardOutput.ReadToEndAsync(Cancel));
        await orphan.WaitForExitAsync(Cancel);
        Assert.Equal(125, orphan.ExitCode);
    }

    private static bool IsAlive(string pid) => Directory.Exists("/proc/" + pid.Trim()) && !IsZombie("/proc/" + pid.Trim());

    private static bool IsZombie(string folder) => File.ReadAllText(folder + "/stat").Split(')')[^1].StartsWith(" Z", StringComparison.Ordinal);

    private static bool IsZombieOf(string folder, int parent)
    {
        try
        {
            var fields = File.ReadAllText(folder + "/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields[0] == "Z" && fields[1] == parent.ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
