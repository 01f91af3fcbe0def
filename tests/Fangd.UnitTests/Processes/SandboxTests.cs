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
    public async Task Beyond_it_nothing_is(string attempt)
    {
        using var outside = new TempFolder();
        outside.Write("secret", "untouched");
        await using var neighbour = await rig.Runner.Start(rig.Shell("exec sleep 1000"), Cancel);
        var script = attempt.Replace("{outside}", outside.Root, StringComparison.Ordinal)
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

    private Task<ProcessResult> Confined(string script) => rig.Runner.Run(rig.Shell(script, isConfined: true), Cancel);
}
