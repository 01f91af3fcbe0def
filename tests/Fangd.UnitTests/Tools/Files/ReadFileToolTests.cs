using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Files;

namespace Fangd.UnitTests.Tools.Files;

public sealed class ReadFileToolTests : IDisposable
{
    private readonly FileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_text_file_is_read_as_it_is()
    {
        File.WriteAllText(_bench.At("a.txt"), "grüße 世界\r\n\tend\n");

        Assert.Equal(ToolOutcome.Ok("grüße 世界\r\n\tend\n"), await _bench.Read("a.txt"));
        Assert.Equal(ToolOutcome.Ok("grüße 世界\r\n\tend\n"), await _bench.Read("./a.txt"));
    }

    [Fact]
    public async Task A_missing_file_is_said_to_be_missing()
    {
        var outcome = await _bench.Read("no/such.txt");

        Assert.Equal(ToolOutcome.Error("There is no \"no/such.txt\" in the workspace."), outcome);
    }

    [Fact]
    public async Task Names_differ_by_case()
    {
        File.WriteAllText(_bench.At("Note.txt"), "x");

        Assert.True((await _bench.Read("note.txt")).IsError);
    }

    [Theory]
    [InlineData("dir")]
    [InlineData("dir/")]
    [InlineData(".")]
    public async Task A_folder_is_not_read(string path)
    {
        Directory.CreateDirectory(_bench.At("dir"));

        var outcome = await _bench.Read(path);

        Assert.True(outcome.IsError);
        Assert.Contains("file_list", outcome.Text);
    }

    [Theory]
    [InlineData("a.txt/")]
    [InlineData("a.txt/.")]
    [InlineData("a.txt/b")]
    public async Task A_file_is_no_folder(string path)
    {
        File.WriteAllText(_bench.At("a.txt"), "x");

        var outcome = await _bench.Read(path);

        Assert.True(outcome.IsError);
        Assert.Contains("not a folder", outcome.Text);
    }

    [Fact]
    public async Task An_empty_file_is_said_to_be_empty()
    {
        File.WriteAllText(_bench.At("a.txt"), "");

        Assert.Equal(ToolOutcome.Ok("\"a.txt\" is empty."), await _bench.Read("a.txt"));
    }

    [Theory]
    [InlineData(new byte[] { 0x89, 0x50, 0x4E, 0x47, 0, 1 })]
    [InlineData(new byte[] { 0x61, 0x62, 0xFF, 0x63 })]
    [InlineData(new byte[] { 0x61, 0xE4, 0xB8 })]
    public async Task A_binary_file_is_reported_as_such(byte[] content)
    {
        File.WriteAllBytes(_bench.At("a.bin"), content);

        var outcome = await _bench.Read("a.bin");

        Assert.True(outcome.IsError);
        Assert.Contains($"binary file of {content.Length} bytes", outcome.Text);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_large_file_is_cut_between_characters_and_can_be_read_on(int shift)
    {
        // Three bytes a character, so the limit falls inside one at two of the three shifts.
        var text = new string('x', shift) + string.Concat(Enumerable.Repeat("世", 400_000));
        File.WriteAllText(_bench.At("big.txt"), text);

        var first = await _bench.Read("big.txt");

        Assert.False(first.IsError);
        var note = first.Text.LastIndexOf("\n[cut:", StringComparison.Ordinal);
        var next = long.Parse(first.Text[(first.Text.LastIndexOf(' ') + 1)..^1]);
        Assert.InRange(next, ReadFileTool.MaxBytes - 2, ReadFileTool.MaxBytes);
        var second = await _bench.ReadFrom("big.txt", next);
        Assert.Equal(text, first.Text[..note] + second.Text);
        Assert.Equal(text[^100..], (await _bench.ReadFrom("big.txt", new FileInfo(_bench.At("big.txt")).Length - 301)).Text);
        Assert.Contains("past the end", (await _bench.ReadFrom("big.txt", 10_000_000)).Text);
    }

    [Fact]
    public async Task A_file_of_just_the_limit_is_whole()
    {
        var text = new string('x', ReadFileTool.MaxBytes);
        File.WriteAllText(_bench.At("big.txt"), text);

        Assert.Equal(text, (await _bench.Read("big.txt")).Text);
    }
}
