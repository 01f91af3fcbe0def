namespace Fangd.UnitTests.Tools.Files;

public sealed class ApplyPatchToolTests : IDisposable
{
    private readonly FileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_patch_adds_changes_moves_and_deletes()
    {
        await _bench.Write("old.txt", "one\ntwo\nthree\n");
        await _bench.Write("gone.txt", "x");
        await _bench.Write("move.txt", "a\nb\n");

        var outcome = await _bench.Patch("""
            *** Begin Patch
            *** Add File: sub/new.txt
            +first
            +second
            *** Update File: old.txt
            @@
             one
            -two
            +TWO
             three
            *** Update File: move.txt
            *** Move to: moved.txt
            @@
            -a
            +A
            *** Delete File: gone.txt
            *** End Patch
            """);

        Assert.Equal("added sub/new.txt\nchanged old.txt\nchanged move.txt and moved it to moved.txt\ndeleted gone.txt", outcome.Text);
        Assert.Equal("first\nsecond\n", File.ReadAllText(_bench.At("sub/new.txt")));
        Assert.Equal("one\nTWO\nthree\n", File.ReadAllText(_bench.At("old.txt")));
        Assert.Equal("A\nb\n", File.ReadAllText(_bench.At("moved.txt")));
        Assert.False(File.Exists(_bench.At("move.txt")) || File.Exists(_bench.At("gone.txt")));
    }

    [Fact]
    public async Task Hunks_are_found_in_order_below_their_anchor_and_at_the_end()
    {
        await _bench.Write("code.py", "def a():\n    return 1\n\ndef b():\n    return 1\n\nlast\n");

        await _bench.Patch("""
            *** Begin Patch
            *** Update File: code.py
            @@ def b():
            -    return 1
            +    return 2
            @@
            -last
            +final
            *** End of File
            *** End Patch
            """);

        Assert.Equal("def a():\n    return 1\n\ndef b():\n    return 2\n\nfinal\n", File.ReadAllText(_bench.At("code.py")));
    }

    [Theory]
    [InlineData("one  \ntwo\n", "ONE\ntwo\n")]
    [InlineData("    one\ntwo\n", "ONE\ntwo\n")]
    [InlineData("one\r\ntwo\r\n", "ONE\r\ntwo\r\n")]
    [InlineData("one\ntwo", "ONE\ntwo")]
    public async Task White_space_around_lines_does_not_matter_and_line_ends_stay(string before, string after)
    {
        await _bench.Write("a.txt", before);

        Assert.False((await _bench.Patch("*** Begin Patch\n*** Update File: a.txt\n-one\n+ONE\n two\n*** End Patch")).IsError);
        Assert.Equal(after, File.ReadAllText(_bench.At("a.txt")));
    }

    [Fact]
    public async Task A_patch_that_does_not_fit_in_one_place_changes_nothing_anywhere()
    {
        await _bench.Write("a.txt", "one\n");
        await _bench.Write("b.txt", "two\n");

        var outcome = await _bench.Patch("*** Begin Patch\n*** Update File: a.txt\n-one\n+1\n*** Update File: b.txt\n-three\n+3\n*** End Patch");

        Assert.True(outcome.IsError);
        Assert.Contains("\"b.txt\" does not have these lines", outcome.Text);
        Assert.Equal("one\n", File.ReadAllText(_bench.At("a.txt")));
    }

    [Theory]
    [InlineData("", "must begin with")]
    [InlineData("*** Begin Patch", "must end with")]
    [InlineData("*** Begin Patch\n*** End Patch", "changes no file")]
    [InlineData("*** Begin Patch\n--- a.txt\n*** End Patch", "Line 2 of the patch must begin with")]
    [InlineData("*** Begin Patch\n*** Add File: n.txt\nno plus\n*** End Patch", "Line 3 of the patch must begin with +")]
    [InlineData("*** Begin Patch\n*** Update File: a.txt\n*** End Patch", "changes nothing in \"a.txt\"")]
    [InlineData("*** Begin Patch\n*** Update File: missing.txt\n-x\n*** End Patch", "There is no \"missing.txt\"")]
    [InlineData("*** Begin Patch\n*** Delete File: missing.txt\n*** End Patch", "There is no \"missing.txt\"")]
    [InlineData("*** Begin Patch\n*** Add File: a.txt\n+x\n*** End Patch", "There is a \"a.txt\" already")]
    [InlineData("*** Begin Patch\n*** Update File: a.txt\n@@ nowhere\n-one\n*** End Patch", "has no line \"nowhere\"")]
    [InlineData("*** Begin Patch\n*** Update File: a.txt\n-one\n*** Delete File: a.txt\n*** End Patch", "two parts about \"a.txt\"")]
    public async Task What_is_wrong_with_a_patch_is_said(string patch, string said)
    {
        await _bench.Write("a.txt", "one\n");

        var outcome = await _bench.Patch(patch);

        Assert.True(outcome.IsError);
        Assert.Contains(said, outcome.Text);
        Assert.Equal("one\n", File.ReadAllText(_bench.At("a.txt")));
    }

    [Fact]
    public async Task Folders_are_made_and_deleted_when_empty()
    {
        Assert.False((await _bench.MakeFolder("a/b")).IsError);
        Assert.False((await _bench.MakeFolder("a/b/")).IsError);
        await _bench.Write("a/f.txt", "x");

        Assert.Contains("not empty", (await _bench.Delete("a")).Text);
        Assert.Contains("not a folder", (await _bench.MakeFolder("a/f.txt")).Text);
        Assert.Contains("There is no", (await _bench.Delete("a/none")).Text);
        Assert.Contains("itself cannot be deleted", (await _bench.Delete(".")).Text);
        Assert.Equal("Deleted the folder \"a/b\".", (await _bench.Delete("a/b")).Text);
        Assert.Equal("Deleted the file \"a/f.txt\".", (await _bench.Delete("a/f.txt")).Text);
    }
}
