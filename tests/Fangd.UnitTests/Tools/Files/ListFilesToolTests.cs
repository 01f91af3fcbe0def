using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Files;

namespace Fangd.UnitTests.Tools.Files;

public sealed class ListFilesToolTests : IDisposable
{
    private readonly FileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Names_come_sorted_with_kind_and_size()
    {
        File.WriteAllText(_bench.At("b.txt"), "12345");
        File.WriteAllText(_bench.At("A.txt"), "");
        File.WriteAllText(_bench.At(".hidden"), "1");
        Directory.CreateDirectory(_bench.At("sub"));
        File.WriteAllText(_bench.At("sub/inner.txt"), "x");
        File.CreateSymbolicLink(_bench.At("z"), "/etc/passwd");

        const string Expected = ".hidden  file  1\nA.txt  file  0\nb.txt  file  5\nsub/  folder\nz  link";
        Assert.Equal(ToolOutcome.Ok(Expected), await _bench.List());
        Assert.Equal(ToolOutcome.Ok(Expected), await _bench.List("."));
        Assert.Equal(ToolOutcome.Ok("inner.txt  file  1"), await _bench.List("sub/"));
    }

    [Fact]
    public async Task What_a_killed_process_left_unfinished_is_removed_and_what_is_being_written_is_not()
    {
        var (left, own) = (_bench.At(".fangd-unfinished-4711-1"), _bench.At($"{WorkspaceFiles.OwnPrefix}1"));
        File.WriteAllText(left, "half");
        File.WriteAllText(own, "half");
        File.WriteAllText(_bench.At("a.txt"), "whole");

        Assert.Equal("a.txt  file  5", (await _bench.List()).Text);
        Assert.Equal((false, true), (File.Exists(left), File.Exists(own)));
    }

    [Fact]
    public void A_folder_with_nothing_but_leftovers_can_be_deleted()
    {
        Directory.CreateDirectory(_bench.At("sub"));
        File.WriteAllText(_bench.At("sub/.fangd-unfinished-4711-1"), "half");

        WorkspaceFiles.Delete(_bench.At(""), WorkspacePath.Parse("sub", _bench.At("")));

        Assert.False(Directory.Exists(_bench.At("sub")));
    }

    [Fact]
    public async Task A_name_cannot_fake_a_line()
    {
        File.WriteAllText(_bench.At("a\nb  file  1"), "");

        Assert.Equal("a?b  file  1  file  0", (await _bench.List()).Text);
    }

    [Fact]
    public async Task A_folder_with_very_many_names_is_cut_with_a_note()
    {
        for (var i = 0; i < 1005; i++)
            File.WriteAllText(_bench.At($"{i:D4}"), "");

        var lines = (await _bench.List()).Text.Split('\n');

        Assert.Equal(1001, lines.Length);
        Assert.Equal("0000  file  0", lines[0]);
        Assert.Equal("0999  file  0", lines[999]);
        Assert.Equal("[cut: the first 1000 names are shown, there are 5 more]", lines[1000]);
    }

    [Theory]
    [InlineData("missing", "There is no")]
    [InlineData("file.txt", "not a folder")]
    [InlineData("file.txt/", "not a folder")]
    [InlineData("", "empty")]
    public async Task What_is_no_folder_is_refused(string path, string reason)
    {
        File.WriteAllText(_bench.At("file.txt"), "x");

        var outcome = await _bench.List(path);

        Assert.True(outcome.IsError);
        Assert.Contains(reason, outcome.Text);
    }
}
