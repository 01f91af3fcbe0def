using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Fangd.Engine.Tools.Web.Search;

/// <summary>Request bodies that are written by hand: they are too small for types of their own.</summary>
internal static class JsonBody
{
    public static HttpContent Of(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }
        var content = new ByteArrayContent(buffer.WrittenSpan.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }
}
