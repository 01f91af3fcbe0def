using System.Text.Json;

namespace Fangd.Protocols.Mcp.Serving;

/// <summary>A request that is answered with a JSON-RPC error. The message goes to the client.</summary>
/// <param name="code">The JSON-RPC code.</param>
/// <param name="message">One sentence.</param>
/// <param name="writeData">Writes the value of <c>data</c>; null for none.</param>
public sealed class McpFault(int code, string message, Action<Utf8JsonWriter>? writeData = null) : Exception(message)
{
    public const int ParseError = -32700;
    public const int InvalidRequest = -32600;
    public const int MethodNotFound = -32601;
    public const int InvalidParams = -32602;
    public const int InternalError = -32603;

    /// <summary>2026-07-28: a header says something else than the body.</summary>
    public const int HeaderMismatch = -32020;

    /// <summary>2026-07-28: the request needs a capability that the client did not declare.</summary>
    public const int MissingCapability = -32021;

    /// <summary>2026-07-28: the version is not served.</summary>
    public const int UnsupportedVersion = -32022;

    public int Code => code;

    public Action<Utf8JsonWriter>? WriteData => writeData;

    /// <summary>What the request lacks by the rules of 2026-07-28 is a bad request, whatever its code.</summary>
    public bool IsBadRequest { get; init; }

    /// <summary>The HTTP status by the rules of 2026-07-28 where they name one; the earlier versions answer 200.</summary>
    public int StatelessStatus => code switch
    {
        _ when IsBadRequest => 400,
        MethodNotFound => 404,
        HeaderMismatch or MissingCapability or UnsupportedVersion or ParseError or InvalidRequest => 400,
        _ => 200,
    };

    public static McpFault Params(string message) => new(InvalidParams, message);

    public static McpFault Method(string method) => new(MethodNotFound, $"Method not found: {method}");

    public static McpFault Version(string requested) => new(UnsupportedVersion, $"The protocol version {requested} is not supported", json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("supported");
        foreach (var version in McpVersions.All)
            json.WriteStringValue(version);
        json.WriteEndArray();
        json.WriteString("requested", requested);
        json.WriteEndObject();
    });

    public static McpFault Capability(string name) => new(MissingCapability, $"The client did not declare the capability {name}", json =>
    {
        json.WriteStartObject();
        json.WriteStartObject("requiredCapabilities");
        json.WriteStartObject(name);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    });
}
