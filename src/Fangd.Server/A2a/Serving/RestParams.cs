using System.Buffers;
using System.Text.Json;
using Fangd.Protocols.A2a;
using Fangd.Server.Http;

namespace Fangd.Server.A2a.Serving;

/// <summary>The parameters of a call over HTTP+JSON as one object: the body, the query and the path, as the JSON-RPC binding has them.</summary>
internal static class RestParams
{
    private static readonly string[] _texts = ["contextId", "status", "pageToken", "statusTimestampAfter"];
    private static readonly string[] _numbers = ["historyLength", "pageSize"];

    public static JsonElement None { get; } = Empty();

    /// <summary>For calls without a body.</summary>
    public static JsonElement OfQuery(Exchange exchange) => Build(exchange, default);

    /// <summary>The body's fields; those in the path count more. An absent body has none.</summary>
    public static async ValueTask<JsonElement> OfBody(Exchange exchange)
    {
        var body = await exchange.ReadElement();
        return body.ValueKind == JsonValueKind.Object ? Build(exchange, body) : throw A2aFault.Params("the body must be a JSON object");
    }

    private static JsonElement Build(Exchange exchange, JsonElement body)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, JsonShape.WriterOptions))
        {
            json.WriteStartObject();
            if (body.ValueKind == JsonValueKind.Object)
            {
                foreach (var field in body.EnumerateObject())
                    field.WriteTo(json);
            }

            foreach (var name in _texts)
            {
                if (exchange.Query(name) is { Length: > 0 } text)
                    json.WriteString(name, text);
            }

            foreach (var name in _numbers)
                Number(json, exchange, name);
            if (exchange.Query("includeArtifacts") is { Length: > 0 } flag)
                json.WriteBoolean("includeArtifacts", flag is "true" or "false" ? flag == "true" : throw A2aFault.Params("includeArtifacts must be true or false"));
            // The last one of a name counts, so what the path says stands at the end.
            foreach (var name in exchange.Route!.Parameters)
                json.WriteString(name, exchange.Value(name));
            json.WriteEndObject();
        }

        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    private static void Number(Utf8JsonWriter json, Exchange exchange, string name)
    {
        if (exchange.Query(name) is not { Length: > 0 } text)
            return;
        if (!int.TryParse(text, out var number))
            throw A2aFault.Params($"{name} must be a whole number");
        json.WriteNumber(name, number);
    }

    private static JsonElement Empty()
    {
        using var document = JsonDocument.Parse("{}");
        return document.RootElement.Clone();
    }
}
