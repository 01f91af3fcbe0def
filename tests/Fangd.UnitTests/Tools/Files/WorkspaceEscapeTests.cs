using System.Diagnostics;
using System.Net.Sockets;
using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Files;

namespace Fangd.UnitTests.Tools.Files;

[Trait("suite", "escape")]
public sealed class WorkspaceEscapeTests : IDisposable
{
    private readonly FileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("../outside/secret.txt")]
    [InlineData("a/../../outside/secret.txt")]
    [InlineData("./../outside/secret.txt")]
    [InlineData("..")]
    [InlineData("a/..")]
    [InlineData("/etc/passwd")]
    [InlineData("//etc/passwd")]
    [InlineData("/")]
    [InlineData("/proc/self/environ")]
    [InlineData("/proc/self/root/etc/passwd")]
    [InlineData("/dev/stdin")]
    [InlineData("~/.ssh/id_rsa")]
    public async Task A_path_that_leads_outside_is_denied(string path)
    {
        AssertDenied(await _bench.Read(path));
        AssertDenied(await _bench.List(path));
        AssertDenied(await _bench.Write(path, "gotcha"));
        AssertDenied(await _bench.MakeFolder(path.TrimEnd('/') + "/made"));
        AssertDenied(await _bench.Delete(path));
        AssertDenied(await _bench.Patch($"*** Begin Patch\n*** Add File: {path}/x\n+gotcha\n*** End Patch"));
        AssertDenied(await _bench.Patch($"*** Begin Patch\n*** Delete File: {path}\n*** End Patch"));
        AssertUntouched();
    }

    [Fact]
    public async Task A_patch_does_not_move_a_file_outside()
    {
        await _bench.Write("a.txt", "inside\n");

        AssertDenied(await _bench.Patch("*** Begin Patch\n*** Update File: a.txt\n*** Move to: ../outside/b.txt\n*** End Patch"));
        Assert.True(File.Exists(_bench.At("a.txt")));
    }

    [Fact]
    public async Task A_link_is_deleted_itself_and_not_what_it_leads_to()
    {
        File.CreateSymbolicLink(_bench.At("link.txt"), Path.Combine(_bench.Outside, "secret.txt"));
        Directory.CreateSymbolicLink(_bench.At("out"), _bench.Outside);

        Assert.False((await _bench.Delete("link.txt")).IsError);
        AssertDenied(await _bench.Delete("out/secret.txt"));
        AssertDenied(await _bench.MakeFolder("out/made"));
        AssertUntouched();
    }

    [Fact]
    public async Task A_folder_whose_name_only_begins_like_the_workspace_is_outside()
    {
        Directory.CreateDirectory(_bench.Workspace + "-2");
        File.WriteAllText(_bench.Workspace + "-2/secret.txt", FileBench.Secret);

        AssertDenied(await _bench.Read(_bench.Workspace + "-2/secret.txt"));
        AssertDenied(await _bench.Read(_bench.Workspace + "/../outside/secret.txt"));
    }

    [Fact]
    public async Task An_absolute_path_inside_is_accepted()
    {
        Assert.False((await _bench.Write(_bench.At("sub/a.txt"), "inside")).IsError);
        Assert.Equal("inside", (await _bench.Read(_bench.At("sub//./a.txt"))).Text);
        Assert.Equal("sub/  folder", (await _bench.List(_bench.Workspace)).Text);
        Assert.Equal("sub/  folder", (await _bench.List(_bench.Workspace + "/")).Text);
    }

    [Fact]
    public async Task A_linked_file_is_neither_read_nor_written()
    {
        File.CreateSymbolicLink(_bench.At("link.txt"), Path.Combine(_bench.Outside, "secret.txt"));

        AssertDenied(await _bench.Read("link.txt"));
        AssertDenied(await _bench.Write("link.txt", "gotcha"));
        AssertDenied(await _bench.List("link.txt"));
        AssertUntouched();
    }

    [Fact]
    public async Task A_linked_folder_is_not_entered()
    {
        File.CreateSymbolicLink(_bench.At("way"), _bench.Outside);

        AssertDenied(await _bench.Read("way/secret.txt"));
        AssertDenied(await _bench.Write("way/secret.txt", "gotcha"));
        AssertDenied(await _bench.Write("way/new/file.txt", "gotcha"));
        AssertDenied(await _bench.List("way"));
        AssertDenied(await _bench.List("way/"));
        AssertUntouched();
    }

    [Fact]
    public async Task A_link_that_leads_nowhere_makes_no_file_where_it_points()
    {
        File.CreateSymbolicLink(_bench.At("dangling"), Path.Combine(_bench.Outside, "new.txt"));

        AssertDenied(await _bench.Write("dangling", "gotcha"));
        AssertUntouched();
    }

    [Fact]
    public async Task A_link_inside_the_workspace_is_not_followed_either()
    {
        File.WriteAllText(_bench.At("real.txt"), "x");
        File.CreateSymbolicLink(_bench.At("link.txt"), "real.txt");

        AssertDenied(await _bench.Read("link.txt"));
    }

    [Fact]
    public void A_folder_swapped_for_a_link_during_the_walk_leads_nowhere_else()
    {
        Directory.CreateDirectory(_bench.At("a/b"));
        Directory.CreateDirectory(Path.Combine(_bench.Outside, "b"));
        var path = WorkspacePath.Parse("a/b", _bench.Workspace);
        using var root = WorkspaceWalk.OpenRoot(_bench.Workspace);

        using var a = WorkspaceWalk.Enter(root, "a", path, make: false);
        Directory.Move(_bench.At("a"), _bench.At("was-a"));
        File.CreateSymbolicLink(_bench.At("a"), _bench.Outside);

        // The walk goes on in the folder that it opened, not in what now has its name.
        using var b = WorkspaceWalk.Enter(a, "b", path, make: false);
        WriteInto(b, "mark");
        Assert.True(File.Exists(_bench.At("was-a/b/mark")));
        Assert.False(File.Exists(Path.Combine(_bench.Outside, "b/mark")));
        // And whoever comes now is refused.
        Assert.Contains("outside", Assert.Throws<FileRefusal>(() => WorkspaceWalk.Enter(root, "a", path, make: true)).Message);
    }

    [Fact]
    public async Task A_link_that_comes_and_goes_is_never_followed()
    {
        Directory.CreateDirectory(_bench.At("real"));
        File.WriteAllText(_bench.At("real/secret.txt"), "harmless");
        File.CreateSymbolicLink(_bench.At("link"), _bench.Outside);
        using var done = new CancellationTokenSource();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var swapping = Task.Run(() =>
        {
            var swaps = 0;
            for (; !done.IsCancellationRequested; swaps++)
            {
                begun.TrySetResult();
                Directory.Move(_bench.At("real"), _bench.At("x"));
                Directory.Move(_bench.At("x"), _bench.At("real"));
                // The link leads to a folder, and only Directory.Move takes it for what it is.
                Directory.Move(_bench.At("link"), _bench.At("x"));
                Directory.Move(_bench.At("x"), _bench.At("link"));
            }
            return swaps;
        });

        await Task.WhenAny(begun.Task, swapping);
        for (var i = 0; i < 1000; i++)
        {
            var read = await _bench.Read("x/secret.txt");
            Assert.True(read is { IsError: false, Text: "harmless" } or { IsError: true }, read.Text);
            Assert.DoesNotContain("secret.txt  file  18", (await _bench.List("x")).Text);
        }
        await done.CancelAsync();

        Assert.True(await swapping > 0);
        AssertUntouched();
    }

    [Fact]
    public async Task Pipes_and_sockets_are_refused_at_once()
    {
        using (var made = Process.Start("mkfifo", _bench.At("pipe")))
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_bench.At("sock")));

        foreach (var name in new[] { "pipe", "sock" })
        {
            Assert.Contains("not a regular file", (await _bench.Read(name)).Text);
            Assert.Contains("not a regular file", (await _bench.Write(name, "x")).Text);
            Assert.True((await _bench.List(name)).IsError);
            Assert.True((await _bench.Read(name + "/x")).IsError);
        }
        Assert.Equal("pipe  special\nsock  special", (await _bench.List()).Text);
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("\0")]
    [InlineData("../\0")]
    public async Task A_nul_is_denied(string path)
    {
        Assert.True((await _bench.Read(path)).IsError);
        Assert.True((await _bench.Write(path, "x")).IsError);
        Assert.Empty(Directory.GetFileSystemEntries(_bench.Workspace));
    }

    [Fact]
    public async Task A_name_or_path_that_is_too_long_is_refused_with_a_reason()
    {
        Assert.Contains("too long", (await _bench.Write(new string('n', 256), "x")).Text);
        Assert.Contains("too long", (await _bench.Read(string.Concat(Enumerable.Repeat("a/", 2100)))).Text);
        Assert.False((await _bench.Write(new string('n', 255), "x")).IsError);
    }

    [Fact]
    public async Task A_path_deeper_than_the_system_takes_at_once_still_works()
    {
        var deep = string.Concat(Enumerable.Repeat(new string('d', 200) + "/", 20)) + "a";
        Assert.True(deep.Length < 4096 && _bench.At(deep).Length > 4096 - 60);

        Assert.False((await _bench.Write(deep, "deep")).IsError);
        Assert.Equal("deep", (await _bench.Read(deep)).Text);
    }

    [Fact]
    public async Task An_answer_never_names_the_workspace_of_the_host()
    {
        foreach (var outcome in new[] { await _bench.Read("missing"), await _bench.Read("../x"), await _bench.Read("/etc/passwd"), await _bench.List("missing") })
            Assert.DoesNotContain(_bench.Workspace, outcome.Text);
    }

    private static void WriteInto(Microsoft.Win32.SafeHandles.SafeFileHandle folder, string name)
    {
        using var file = LinuxCalls.Open(folder, name, LinuxCalls.WriteOnly | LinuxCalls.Create | LinuxCalls.Exclusive, 0x180, out var error);
        Assert.Equal(0, error);
    }

    private static void AssertDenied(ToolOutcome outcome)
    {
        Assert.True(outcome.IsError, outcome.Text);
        Assert.Contains("denied", outcome.Text);
        Assert.Contains("outside", outcome.Text);
        Assert.DoesNotContain(FileBench.Secret, outcome.Text);
    }

    private void AssertUntouched()
    {
        Assert.Equal(FileBench.Secret, File.ReadAllText(Path.Combine(_bench.Outside, "secret.txt")));
        Assert.Equal(["secret.txt"], Directory.GetFileSystemEntries(_bench.Outside).Select(Path.GetFileName));
    }
}
