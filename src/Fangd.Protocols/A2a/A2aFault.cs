using System.Text.Json;

namespace Fangd.Protocols.A2a;

/// <summary>A request that is refused in the protocol's way (1.0 §3.3.2). The message goes to the client.</summary>
public sealed class A2aFault(int code, string reason, int status, string message) : Exception(message)
{
    public const int ParseErrorCode = -32700;
    public const int InvalidRequestCode = -32600;
    public const int MethodNotFoundCode = -32601;
    public const int InvalidParamsCode = -32602;
    public const int InternalErrorCode = -32603;

    /// <summary>The JSON-RPC code.</summary>
    public int Code => code;

    /// <summary>The reason of <c>google.rpc.ErrorInfo</c>.</summary>
    public string Reason => reason;

    /// <summary>The HTTP status in the HTTP+JSON binding.</summary>
    public int Status => status;

    public static A2aFault Parse(string message) => new(ParseErrorCode, "PARSE_ERROR", 400, message);

    public static A2aFault Request(string message) => new(InvalidRequestCode, "INVALID_REQUEST", 400, message);

    public static A2aFault Method(string method) => new(MethodNotFoundCode, "METHOD_NOT_FOUND", 404, $"Method not found: {method}");

    public static A2aFault Params(string message) => new(InvalidParamsCode, "INVALID_PARAMS", 400, message);

    public static A2aFault TaskNotFound(string id) => new(-32001, "TASK_NOT_FOUND", 404, $"Task '{id}' not found");

    public static A2aFault NotCancelable(string id) => new(-32002, "TASK_NOT_CANCELABLE", 400, $"Task '{id}' has ended: it cannot be canceled");

    public static A2aFault NoSuchPushConfig(string id) => new(-32001, "TASK_NOT_FOUND", 404, $"The task has no push notification config '{id}'");

    public static A2aFault Unsupported(string message) => new(-32004, "UNSUPPORTED_OPERATION", 400, message);

    public static A2aFault ContentType(string message) => new(-32005, "CONTENT_TYPE_NOT_SUPPORTED", 400, message);

    public static A2aFault Version(string asked) =>
        new(-32009, "VERSION_NOT_SUPPORTED", 400, $"The protocol version '{asked}' is not supported here; 1.0 and, over JSON-RPC, 0.3 are");

    /// <summary>The object of a JSON-RPC error.</summary>
    public void WriteRpc(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("code", code);
        json.WriteString("message", Message);
        json.WriteStartArray("data");
        WriteInfo(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The body of an error in the HTTP+JSON binding: <c>google.rpc.Status</c> in an object.</summary>
    public void WriteStatus(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteNumber("code", status);
        json.WriteString("status", Word(status, code));
        json.WriteString("message", Message);
        json.WriteStartArray("details");
        WriteInfo(json);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The word of <c>google.rpc.Code</c> for an HTTP status.</summary>
    public static string Word(int status, int code = 0) => (status, code) switch
    {
        (_, -32004 or -32009) => "UNIMPLEMENTED",
        (_, -32002) => "FAILED_PRECONDITION",
        (401, _) => "UNAUTHENTICATED",
        (403, _) => "PERMISSION_DENIED",
        (404, _) => "NOT_FOUND",
        (409, _) => "FAILED_PRECONDITION",
        (429, _) => "RESOURCE_EXHAUSTED",
        (503, _) => "UNAVAILABLE",
        ( >= 500, _) => "INTERNAL",
        _ => "INVALID_ARGUMENT",
    };

    private void WriteInfo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("@type", "type.googleapis.com/google.rpc.ErrorInfo");
        json.WriteString("reason", reason);
        json.WriteString("domain", "a2a-protocol.org");
        json.WriteStartObject("metadata");
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
