using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Fangd.TestKit;

namespace Fangd.EndToEnd;

/// <summary>The published binary as a process: what it needs, how it starts, how it ends.</summary>
public sealed class ProcessTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_binary_needs_no_library_but_libc_and_libm()
    {
        using var ldd = Process.Start(new ProcessStartInfo("ldd", [FangdBinary.Path!]) { RedirectStandardOutput = true })!;
        var libraries = (await ldd.StandardOutput.ReadToEndAsync(Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => Path.GetFileName(line.Trim().Split(' ')[0]).Split(".so")[0]);

        Assert.DoesNotContain(libraries, name => name is not ("linux-vdso" or "libc" or "libm" or "ld-linux-x86-64" or "ld-linux-aarch64"));
    }

    [Fact]
    public async Task Sigterm_ends_it_with_0()
    {
        await using var daemon = await FangdProcess.Start(new DaemonSetup(), Cancel);

        Assert.Equal(0, await daemon.TerminateAndWait(Cancel));
    }

    [Fact]
    public async Task After_a_kill_it_starts_again_on_the_same_home()
    {
        await using var daemon = await FangdProcess.Start(new DaemonSetup(), Cancel);

        for (var round = 0; round < 3; round++)
        {
            await daemon.Kill(Cancel);
            await daemon.Restart(Cancel);
        }

        Assert.True(daemon.IsRunning);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_service_manager_is_told_when_it_is_ready_and_when_it_stops()
    {
        using var folder = new TempFolder();
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(folder["notify"]));
        var setup = new DaemonSetup { Environment = new Dictionary<string, string> { ["NOTIFY_SOCKET"] = folder["notify"] } };
        await using var daemon = await FangdProcess.Start(setup, Cancel);

        Assert.Contains("READY=1", await Told());
        daemon.Terminate();
        Assert.Contains("STOPPING=1", await Told());
        Assert.Equal(0, await daemon.WaitForExit(Cancel));

        async Task<string> Told()
        {
            var buffer = new byte[4096];
            var count = await manager.ReceiveAsync(buffer, Cancel);
            return Encoding.UTF8.GetString(buffer, 0, count);
        }
    }

    [Fact]
    public async Task It_runs_where_memory_must_not_turn_executable()
    {
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "the number of the system call is x86-64's");
        // What MemoryDenyWriteExecute of the systemd unit asks of it: prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN) survives exec.
        const string restrict = "syscall(157, 65, 1, 0, 0, 0) == 0 or die 'MDWE is not known'; exec @ARGV";
        using var probe = Process.Start(new ProcessStartInfo("perl", ["-e", restrict, "true"]) { RedirectStandardError = true })!;
        await probe.WaitForExitAsync(Cancel);
        Assert.SkipUnless(probe.ExitCode == 0, "this kernel has no MDWE");
        await using var daemon = await FangdProcess.Start(new DaemonSetup { Launcher = ["perl", "-e", restrict] }, Cancel);
        using var api = new ApiClient(daemon);

        JsonPattern.Matches("""{"status":"ok","*":"*"}""", await api.Do("GET /api/health", Cancel));
    }
}
