using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Fangd.Bench;

/// <summary>An embedding model that answers at once: vectors of 384 numbers from a pool made beforehand, chosen by the text.</summary>
internal static class InstantVectors
{
    public const int Length = 384;
    private const int PoolSize = 2048;

    private static readonly Lazy<string[]> Pool = new(Make);

    /// <summary>The whole HTTP answer to a request for embeddings in OpenAI's form.</summary>
    public static byte[] Answer(ReadOnlySpan<byte> request)
    {
        var reader = new Utf8JsonReader(request[(request.IndexOf("\r\n\r\n"u8) + 4)..]);
        using var body = JsonDocument.ParseValue(ref reader);
        var data = new StringBuilder("{\"data\":[");
        var index = 0;
        foreach (var text in body.RootElement.GetProperty("input").EnumerateArray())
        {
            var vector = Pool.Value[(uint)string.GetHashCode(text.GetString(), StringComparison.Ordinal) % PoolSize];
            data.Append(CultureInfo.InvariantCulture, $"{(index > 0 ? "," : "")}{{\"index\":{index++},\"embedding\":{vector}}}");
        }

        data.Append("]}");
        var head = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {data.Length}\r\n\r\n");
        return Encoding.ASCII.GetBytes(head + data);
    }

    private static string[] Make()
    {
        var chance = new Random(7);
        var pool = new string[PoolSize];
        for (var i = 0; i < PoolSize; i++)
            pool[i] = "[" + string.Join(',', Enumerable.Range(0, Length).Select(_ => (chance.Next(-1000, 1001) / 1000.0).ToString("0.000", CultureInfo.InvariantCulture))) + "]";
        return pool;
    }
}
