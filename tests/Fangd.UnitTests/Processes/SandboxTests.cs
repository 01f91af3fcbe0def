using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Fangd.Engine.Processes;
using Fangd.TestKit;

namespace Fangd.UnitTests.Processes;

/// <summary>What a confined process cannot do, tried by programs that really try.</summary>
public sealed class SandboxTests : IDisposable
{
    private readonly ProcessRig rig = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task The_workspace_is_open()
    {
        var result = await Confined("echo text > file && mkdir sub && mv file sub/other && cat sub/other && ln -s sub link && rm -r sub link && echo '#!/bin/sh\necho own' > run && chmod +x run && ./run");

        Assert.Equal("text\nown\n", result.Output.Text);
    }

    [Theory]
    [InlineData("nice -n 1 true && ionice -c 2 -n 7 true && taskset 1 true && ulimit -n 20")]
    [InlineData("perl -MSocket -e 'socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0) or exit 1'")]
    public async Task A_process_still_steers_itself(string script) => Assert.Equal(0, (await Confined(script)).Exit.Status);

    // What steers other processes is tried with values that change nothing: should a wall be down one day, the machine is not hurt.
    [Trait("suite", "escape")]
    [Theory]
    [InlineData("cat /etc/shadow")]
    [InlineData("ls /root")]
    [InlineData("ls /home")]
    [InlineData("ls /")]
    [InlineData("ls /tmp")]
    [InlineData("cat {outside}/secret")]
    [InlineData("ln -s {outside}/secret here && cat here")]
    [InlineData("echo x > {outside}/new")]
    [InlineData("echo x >> {outside}/secret")]
    [InlineData("mv {outside}/secret .")]
    [InlineData("rm {outside}/secret")]
    [InlineData("ln {outside}/secret here")]
    [InlineData("chmod +x run; mkdir {outside}/folder")]
    [InlineData("echo x > /usr/bin/fangd-test-new")]
    [InlineData("echo x > /etc/cron.d/fangd-test-new")]
    [InlineData("echo x > /dev/shm/fangd-test-new")]
    [InlineData("cat /proc/{daemon}/environ")]
    [InlineData("cat /proc/{daemon}/mem")]
    [InlineData("readlink /proc/{daemon}/fd/0 || readlink /proc/{daemon}/fd/1 || cat /proc/{daemon}/fd/2")]
    [InlineData("cat /proc/{daemon}/root/etc/shadow")]
    [InlineData("ls /proc/{daemon}/cwd/")]
    [InlineData("cat /proc/1/environ")]
    [InlineData("kill -9 {daemon}")]
    [InlineData("kill -9 -- -{daemon}")]
    [InlineData("kill -0 {daemon}")]
    [InlineData("kill -9 {neighbour}")]
    [InlineData("mount -t tmpfs none .")]
    [InlineData("unshare -U true")]
    [InlineData("unshare -m true")]
    [InlineData("setsid -f true && setsid true")]
    [InlineData("mknod disk b 8 0")]
    [InlineData("chroot . /bin/true")]
    [InlineData("sysctl -w kernel.hostname=x || hostname x")]
    [InlineData("dmesg")]
    [InlineData("cat {home}/.ssh/id_ed25519 || cat ~root/.ssh/id_ed25519 || ls ~root/.ssh")]
    [InlineData("cat /proc/self/root{outside}/secret")]
    [InlineData("cat /proc/self/cwd/../../..{outside}/secret")]
    [InlineData("ln -s / here && cat here{outside}/secret")]
    [InlineData("cd .. && ls {outside}")]
    [InlineData("truncate -s 0 {outside}/secret")]
    [InlineData("touch {outside}/new")]
    [InlineData("echo x > link; ln -sf {outside}/new link; echo x > link")]
    [InlineData("mkdir in && mv in {outside}/in")]
    [InlineData("cp /dev/null {outside}/secret")]
    [InlineData("mkfifo {outside}/pipe")]
    [InlineData("ls /proc/{daemon}/map_files/ | head -n 1 | grep .")]
    [InlineData("cat /proc/{daemon}/maps | grep .")]
    [InlineData("echo 1000 > /proc/{daemon}/oom_score_adj")]
    [InlineData("echo 1000 > /proc/{neighbour}/oom_score_adj")]
    [InlineData("cat /proc/{neighbour}/environ")]
    [InlineData("for t in $(ls /proc/{daemon}/task); do kill -0 $t && exit 0; done; exit 1")]
    [InlineData("kill -0 -1")]
    [InlineData("kill -CONT {daemon}")]
    [InlineData("prlimit --pid {daemon} --core=0")]
    [InlineData("prlimit --pid {daemon} --nofile")]
    [InlineData("prlimit --pid {neighbour} --core=0")]
    [InlineData("renice -n 0 -p {daemon}")]
    [InlineData("renice -n 0 -g {daemon}")]
    [InlineData("renice -n 0 -u $(id -u)")]
    [InlineData("ionice -c 2 -n 4 -p {daemon}")]
    [InlineData("ionice -c 2 -n 4 -u $(id -u)")]
    [InlineData("taskset -p ffff {daemon} > /dev/null")]
    [InlineData("taskset -a -p ffff {daemon} > /dev/null")]
    [InlineData("chrt -o -p 0 {daemon}")]
    [InlineData("chrt -o -p 0 {neighbour}")]
    [InlineData("nsenter -t {daemon} -m true")]
    [InlineData("gdb -p {daemon} -batch || strace -p {daemon}")]
    [InlineData("sh -c 'setsid sleep 1000'")]
    [InlineData("perl -e 'socket(my $s, 1, 1, 0) and exit 0; exit 1'")]
    [InlineData("perl -e 'socket(my $s, 1, 2, 0) and exit 0; exit 1'")]
    [InlineData("perl -e 'socket(my $s, 2, 3, 1) and exit 0; exit 1'")]
    [InlineData("perl -e 'socket(my $s, 17, 3, 768) and exit 0; exit 1'")]
    [InlineData("perl -e 'socket(my $s, 16, 3, 9) and exit 0; exit 1'")]
    [InlineData("perl -e 'socket(my $s, 40, 1, 0) and exit 0; exit 1'")]
    [InlineData("perl -e 'socket(my $s, 38, 5, 0) and exit 0; exit 1'")]
    [InlineData("perl -e 'exit(syscall(425, 1, 0) == -1)'")]
    public async Task Beyond_it_nothing_is(string attempt)
    {
        using var outside = new TempFolder();
        outside.Write("secret", "untouched");
        await using var neighbour = await rig.Runner.Start(rig.Shell("exec sleep 1000"), Cancel);
        var script = attempt.Replace("{outside}", outside.Root, StringComparison.Ordinal)
            .Replace("{home}", Environment.GetEnvironmentVariable("HOME"), StringComparison.Ordinal)
            .Replace("{daemon}", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{neighbour}", neighbour.Id.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

        var result = await Confined(script);

        Assert.True(result.Exit.Status != 0, $"{script} went through: {result.Output.Text}");
        Assert.Equal("", result.Output.Text);
        Assert.Equal("untouched", outside.Read("secret"));
        Assert.Equal(["secret"], Directory.EnumerateFileSystemEntries(outside.Root).Select(Path.GetFileName));
        Assert.False(neighbour.Exited.IsCompleted);
    }

    [Trait("suite", "escape")]
    [Fact]
    public async Task What_is_readable_is_not_writable()
    {
        using var library = new TempFolder();
        library.Write("book", "text");
        var spec = rig.Shell($"cat {library["book"]}; echo x > {library["book"]}; rm {library["book"]}") with { Sandbox = new Sandbox { Readable = [library.Root], Writable = [rig.Folder.Root] } };

        var result = await rig.Runner.Run(spec, Cancel);

        Assert.Equal("text", result.Output.Text);
        Assert.Equal("text", library.Read("book"));
    }

    [Trait("suite", "escape")]
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_network_is_there_only_when_granted(bool isGranted)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var spec = rig.Shell("") with
        {
            FileName = "/bin/bash",
            Arguments = ["-c", $"exec 5<>/dev/tcp/127.0.0.1/{port} && echo in; exec 6<>/dev/udp/127.0.0.1/9 && echo udp"],
            Sandbox = new Sandbox { Writable = [rig.Folder.Root], IsNetworkAllowed = isGranted },
        };

        var result = await rig.Runner.Run(spec, Cancel);

        Assert.Equal(isGranted ? "in\nudp\n" : "", result.Output.Text);
    }

    [Trait("suite", "escape")]
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_socket_of_the_machine_is_no_way_out(bool isGranted, bool isAbstract)
    {
        // As those of a container daemon or of a session bus, which start programs outside for whoever asks.
        using var outside = new TempFolder();
        var name = isAbstract ? "\0" + outside.Root : outside["bus"];
        using var bus = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        bus.Bind(new UnixDomainSocketEndPoint(name));
        bus.Listen();
        var dialled = (isAbstract ? "\\0" + outside.Root : name).Replace("@", "\\@", StringComparison.Ordinal);
        var spec = rig.Shell($$"""perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_STREAM, 0) or exit 1; connect($s, sockaddr_un("{{dialled}}")) or exit 2; print "in"'""") with
        {
            Sandbox = new Sandbox { Writable = [rig.Folder.Root], IsNetworkAllowed = isGranted },
        };

        var result = await rig.Runner.Run(spec, Cancel);

        Assert.NotEqual(0, result.Exit.Status);
        Assert.Equal("", result.Output.Text);
    }

    [Trait("suite", "escape")]
    [Fact(Timeout = 60_000)]
    public async Task A_fork_bomb_ends_with_its_time_and_leaves_nobody()
    {
        var spec = rig.Shell("echo $$ > session; bomb() { bomb | bomb & }; bomb; sleep 1000", isConfined: true);

        await rig.Runner.Run(spec with { Limits = new ProcessLimits { Processes = 256, Timeout = TimeSpan.FromSeconds(1) } }, Cancel);

        var session = rig.Folder.Read("session").Trim();
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc"), folder => IsIn(folder, session));
    }

    [Trait("suite", "escape")]
    [Theory(Timeout = 60_000)]
    [InlineData("(sleep 1000 &) ; (exec sleep 1000 >/dev/null 2>&1 </dev/null &)")]
    [InlineData("nohup sleep 1000 >/dev/null 2>&1 &")]
    [InlineData("trap '' HUP TERM; sleep 1000 & sleep 1000 & disown 2>/dev/null")]
    [InlineData("perl -e 'fork and exit; setpgrp(0, 0); fork and exit; close STDIN; close STDOUT; close STDERR; sleep 1000'")]
    public async Task Nothing_outlives_its_command(string command)
    {
        await rig.Runner.Run(rig.Shell($"echo $$ > session; {command}", isConfined: true), Cancel);

        var session = rig.Folder.Read("session").Trim();
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc"), folder => IsIn(folder, session));
    }

    [Trait("suite", "escape")]
    [Fact(Timeout = 60_000)]
    public async Task Memory_beyond_the_limit_is_not_given()
    {
        var spec = rig.Shell("perl -e 'my $x = \"x\" x (512 << 20); print length $x'", isConfined: true);

        var result = await rig.Runner.Run(spec with { Limits = new ProcessLimits { MemoryBytes = 64 << 20 } }, Cancel);

        Assert.NotEqual(0, result.Exit.Status);
        Assert.Equal("", result.Output.Text);
    }

    [Fact]
    public async Task It_says_what_stands()
    {
        var status = rig.Runner.Sandbox;

        Assert.True(status.Files.IsActive, status.Files.ToString());
        Assert.True(status.SystemCalls.IsActive, status.SystemCalls.ToString());
        Assert.StartsWith("active (Landlock ", status.Files.ToString(), StringComparison.Ordinal);
        Assert.Contains("Seccomp:\t2", (await Confined("cat /proc/self/status")).Output.Text, StringComparison.Ordinal);
        Assert.Contains("NoNewPrivs:\t1", (await Confined("cat /proc/self/status")).Output.Text, StringComparison.Ordinal);
    }

    /// <summary>Whether a process that is alive belongs to the session.</summary>
    private static bool IsIn(string folder, string session)
    {
        try
        {
            var fields = File.ReadAllText(folder + "/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields[0] != "Z" && fields[3] == session;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private Task<ProcessResult> Confined(string script) => rig.Runner.Run(rig.Shell(script, isConfined: true), Cancel);
}
