using System.Runtime.Versioning;
using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Files;

namespace Fangd.UnitTests.Tools.Files;

[SupportedOSPlatform("linux")]
public sealed class WriteFileToolTests : IDisposable
{
    private readonly FileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_file_and_its_folders_are_made_for_the_owner_alone()
    {
        Assert.Equal(ToolOutcome.Ok("Wrote 7 bytes to \"a/b/c.txt\"."), await _bench.Write("a/b/c.txt", "grüße"));

        Assert.Equal("grüße", File.ReadAllText(_bench.At("a/b/c.txt")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_bench.At("a/b/c.txt")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_bench.At("a/b")));
    }

    [Fact]
    public async Task A_missing_workspace_is_made_for_the_owner_alone()
    {
        var workspace = Path.Combine(_bench.Outside, "workspaces", "new");

        Assert.Equal(ToolOutcome.Ok("\".\" is empty."), await FileBench.Toolbox(workspace).Call("file_list"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(workspace));
    }

    [Fact]
    public async Task Content_is_replaced_and_the_mode_kept()
    {
        var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead;
        File.WriteAllText(_bench.At("run.sh"), "a much longer old content");
        File.SetUnixFileMode(_bench.At("run.sh"), mode);

        Assert.False((await _bench.Write("run.sh", "new")).IsError);

        Assert.Equal("new", File.ReadAllText(_bench.At("run.sh")));
        Assert.Equal(mode, File.GetUnixFileMode(_bench.At("run.sh")));
        Assert.Equal(["run.sh"], Directory.GetFileSystemEntries(_bench.Workspace).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Whoever_reads_meanwhile_sees_the_old_content_or_the_new()
    {
        var contents = new[] { new string('a', 300_000), new string('b', 200_000) };
        File.WriteAllText(_bench.At("a.txt"), contents[0]);
        using var done = new CancellationTokenSource();
        var reading = Task.Run(() =>
        {
            var odd = 0;
            while (!done.IsCancellationRequested)
                odd += contents.Contains(File.ReadAllText(_bench.At("a.txt"))) ? 0 : 1;
            return odd;
        });

        for (var i = 1; i <= 40; i++)
            Assert.False((await _bench.Write("a.txt", contents[i % 2])).IsError);
        await done.CancelAsync();

        Assert.Equal(0, await reading);
    }

    [Fact]
    public async Task Writes_at_once_do_not_disturb_each_other()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => _bench.Write($"dir/{i % 2}.txt", new string((char)('a' + i), 1000)).AsTask()));

        Assert.All(outcomes, outcome => Assert.False(outcome.IsError, outcome.Text));
        Assert.Equal("0.txt  file  1000\n1.txt  file  1000", (await _bench.List("dir")).Text);
        Assert.All(new[] { "0", "1" }, name => Assert.Single(File.ReadAllText(_bench.At($"dir/{name}.txt")).Distinct()));
        Assert.Equal(2, Directory.GetFileSystemEntries(_bench.At("dir")).Length);
    }

    [Fact]
    public async Task What_a_killed_process_left_over_is_not_in_the_way()
    {
        for (var i = 1; i < 5; i++)
            File.WriteAllText(_bench.At($"{WorkspaceFiles.OwnPrefix}{i}"), "half");

        Assert.False((await _bench.Write("a.txt", "whole")).IsError);
        Assert.Equal("a.txt  file  5", (await _bench.List()).Text);
    }

    [Theory]
    [InlineData("dir")]
    [InlineData("dir/")]
    [InlineData("new/")]
    [InlineData(".")]
    public async Task A_folder_is_not_written(string path)
    {
        Directory.CreateDirectory(_bench.At("dir"));

        var outcome = await _bench.Write(path, "x");

        Assert.True(outcome.IsError);
        Assert.Contains("folder", outcome.Text);
        Assert.Equal(["dir"], Directory.GetFileSystemEntries(_bench.Workspace).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_file_in_the_place_of_a_folder_is_kept()
    {
        File.WriteAllText(_bench.At("a"), "keep");

        Assert.Contains("not a folder", (await _bench.Write("a/b.txt", "x")).Text);
        Assert.Equal("keep", File.ReadAllText(_bench.At("a")));
    }

    [Fact]
    public async Task Content_over_the_limit_is_refused_and_changes_nothing()
    {
        File.WriteAllText(_bench.At("a.txt"), "old");

        Assert.Contains("at most", (await _bench.Write("a.txt", new string('x', WriteFileTool.MaxBytes + 1))).Text);
        Assert.Equal("old", File.ReadAllText(_bench.At("a.txt")));
        Assert.False((await _bench.Write("a.txt", new string('x', WriteFileTool.MaxBytes))).IsError);
    }

    [Fact]
    public async Task Empty_content_makes_an_empty_file()
    {
        Assert.False((await _bench.Write("a.txt", "")).IsError);
        Assert.Equal(0, new FileInfo(_bench.At("a.txt")).Length);
    }
}
