using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fangd.Cli.Output;

/// <summary>JSON as UTF-8, with letters of every language as they are: it goes to a terminal, a script or the daemon, never into HTML.</summary>
internal static class JsonText
{
    public static ReadOnlyMemory<byte> Of(Action<Utf8JsonWriter> write, bool isIndented = false)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = isIndented }))
            write(writer);
        return buffer.WrittenMemory;
    }
}
