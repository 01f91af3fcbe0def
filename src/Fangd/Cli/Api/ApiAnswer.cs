using System.Text.Json;

namespace Fangd.Cli.Api;

/// <summary>A successful answer of the daemon: the bytes as they came, and read as JSON.</summary>
internal sealed class ApiAnswer(byte[] body, DateTimeOffset? date) : IDisposable
{
    private readonly JsonDocument document = JsonDocument.Parse(body.Length == 0 ? "{}"u8.ToArray() : body);

    public ReadOnlyMemory<byte> Body => body;
    public JsonElement Root => document.RootElement;

    /// <summary>The daemon's clock when it answered.</summary>
    public DateTimeOffset? Date => date;

    public void Dispose() => document.Dispose();
}
