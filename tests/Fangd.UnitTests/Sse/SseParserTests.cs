using System.Text;
using Fangd.Protocols.Sse;

namespace Fangd.UnitTests.Sse;

public sealed class SseParserTests
{
    private static readonly (string Name, string Stream, string[] Events)[] Streams =
    [
        ("plain", "data: a\n\ndata: b\n\n", ["|a|", "|b|"]),
        ("no space", "data:a\n\ndata:  b\n\n", ["|a|", "| b|"]),
        ("crlf", "data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", ["|a\nb|", "|c|"]),
        ("cr", "data: a\rdata: b\r\rdata: c\r\r", ["|a\nb|", "|c|"]),
        ("mixed ends", "data: a\r\n\ndata: b\n\r\ndata: c\r\r\n", ["|a|", "|b|", "|c|"]),
        ("comments", ": hello\n\n:x\ndata: a\n: in between\n\n:\n\n", ["|a|"]),
        ("bom", "\uFEFFdata: a\n\n\uFEFFdata: b\n\ndata: c\n\n", ["|a|", "|c|"]),
        ("bom and comment", "\uFEFF: x\ndata: a\n\n", ["|a|"]),
        ("type", "event: add\ndata: 1\n\nevent: gone\n\ndata: 2\n\n", ["add|1|", "|2|"]),
        ("id stays", "id: 7\ndata: a\n\ndata: b\n\nid\ndata: c\n\nid: x\0y\ndata: d\n\n", ["|a|7", "|b|7", "|c|", "|d|"]),
        ("empty data", "data\n\ndata:\ndata\n\ndata: \n\n", ["||", "|\n|", "||"]),
        ("unknown fields", "datas: x\n data: y\nDATA: z\ndata: a:b: c\n\n", ["|a:b: c|"]),
        ("unfinished", "data: a\n\ndata: lost\n", ["|a|"]),
        ("characters", "data: é漢😀\n\n", ["|é漢😀|"]),
    ];

    public static TheoryData<string> Names => [.. Streams.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_split_gives_the_same_events(string name)
    {
        var (_, stream, events) = Streams.Single(s => s.Name == name);
        var bytes = Encoding.UTF8.GetBytes(stream);
        for (var first = 0; first <= bytes.Length; first++)
        {
            for (var second = first; second <= bytes.Length; second++)
                Assert.Equal(events, Parse(bytes[..first], bytes[first..second], bytes[second..]));
        }

        Assert.Equal(events, Parse([.. bytes.Select(b => new[] { b })]));
    }

    [Fact]
    public void An_event_over_the_bound_is_refused_whether_in_one_line_or_many()
    {
        var line = Encoding.UTF8.GetBytes($"data: {new string('x', 100)}\n\n");
        Assert.Single(Parse(106, line));
        Assert.Throws<SseException>(() => Parse(105, line));
        Assert.Throws<SseException>(() => Parse(105, line[..50], line[50..90], line[90..]));
        var many = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("data: 1234567890\n", 20)));
        Assert.Throws<SseException>(() => Parse(100, many));
    }

    [Fact]
    public void The_bound_is_for_each_event_and_not_for_the_stream()
    {
        var many = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("data: 1234567890\n\n", 1000)));
        Assert.Equal(1000, Parse(64, many).Count);
    }

    [Fact]
    public void An_endless_comment_is_not_kept()
    {
        var pieces = new List<byte[]> { "data: a\n"u8.ToArray(), ": "u8.ToArray() };
        for (var i = 0; i < 100; i++) pieces.Add(new byte[64]);
        pieces.Add("\n\n"u8.ToArray());
        Assert.Equal(["|a|"], Parse(64, [.. pieces]));
    }

    [Fact]
    public void Retry_takes_digits_only()
    {
        using var parser = new SseParser();
        ReadOnlySpan<byte> input = "retry: 1500\nretry: 2s\nretry:\n\n"u8;
        Assert.False(parser.TryRead(ref input, out _));
        Assert.Equal(TimeSpan.FromMilliseconds(1500), parser.Retry);
    }

    [Theory]
    [InlineData("data: a\n\ndata: last", "last")]
    [InlineData("data: a\n\ndata: last\n", "last")]
    [InlineData("data: a\n\ndata: last\r", "last")]
    [InlineData("data: a\n\n", null)]
    [InlineData("data: a\n\n: comment", null)]
    public void The_rest_of_a_stream_can_be_asked_for(string stream, string? rest)
    {
        using var parser = new SseParser();
        ReadOnlySpan<byte> input = Encoding.UTF8.GetBytes(stream);
        Assert.True(parser.TryRead(ref input, out _));
        Assert.False(parser.TryRead(ref input, out _));
        Assert.Equal(rest is not null, parser.TryReadRest(out var message));
        Assert.Equal(rest ?? "", Encoding.UTF8.GetString(message.Data.Span));
    }

    private static List<string> Parse(params byte[][] pieces) => Parse(SseParser.DefaultMaxEventBytes, pieces);

    private static List<string> Parse(int bound, params byte[][] pieces)
    {
        using var parser = new SseParser(bound);
        var events = new List<string>();
        foreach (var piece in pieces)
        {
            ReadOnlySpan<byte> input = piece;
            while (parser.TryRead(ref input, out var message))
                events.Add($"{Text(message.Type)}|{Text(message.Data)}|{Text(message.LastEventId)}");
            Assert.Equal(0, input.Length);
        }

        return events;
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
