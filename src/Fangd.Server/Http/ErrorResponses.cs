using System.Text.Json;
using Fangd.Protocols.A2a;
using Fangd.Server.AnthropicCompat;

namespace Fangd.Server.Http;

/// <summary>The body of every refusal: <c>{"error": "…"}</c>, under <c>/v1</c> OpenAI's object or Anthropic's, at <c>/mcp</c> and <c>/a2a</c> JSON-RPC's, below <c>/a2a/rest</c> gRPC's.</summary>
internal static class ErrorResponses
{
    public static Task Write(Exchange exchange, int status, string message, TimeSpan? retryAfter = null, string? code = null)
    {
        var response = exchange.Response;
        if (response.HasStarted)
        {
            // Too late for a status: the client must see that the answer is not whole.
            exchange.Http.Abort();
            return Task.CompletedTask;
        }

        var path = exchange.RawPath;
        response.StatusCode = status;
        response.ContentType = "application/json";
        long? seconds = retryAfter is { } wait ? Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)) : null;
        if (seconds is not null)
            response.Headers.RetryAfter = seconds.ToString();
        if (status == 401)
            response.Headers.WWWAuthenticate = "Bearer";
        var writer = exchange.Writer();
        writer.WriteStartObject();
        if (path is "/v1/messages" or "/v1/messages/count_tokens")
            AnthropicErrors.WriteFields(writer, AnthropicErrors.Type(status), message);
        else if (path.StartsWith("/v1/"))
            WriteOpenAi(writer, status, message, code);
        else if (path is "/mcp" or "/a2a")
            WriteJsonRpc(writer, status, message);
        else if (path.StartsWith("/a2a/rest/"))
            WriteRpcStatus(writer, status, message);
        else
            writer.WriteString("error", message);
        if (status == 429 && seconds is not null && exchange.Dialect.TellsRetryAfterInBody && !path.StartsWith("/v1/"))
            writer.WriteNumber("retryAfter", seconds.Value);
        writer.WriteEndObject();
        writer.Flush();
        return exchange.Flush();
    }

    private static void WriteOpenAi(Utf8JsonWriter writer, int status, string message, string? code)
    {
        writer.WriteStartObject("error");
        writer.WriteString("message", message);
        writer.WriteString("type", status switch
        {
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            429 => "rate_limit_error",
            >= 500 => "server_error",
            _ => "invalid_request_error",
        });
        writer.WriteNull("param");
        if (code is null)
            writer.WriteNull("code");
        else
            writer.WriteString("code", code);
        writer.WriteEndObject();
    }

    private static void WriteRpcStatus(Utf8JsonWriter writer, int status, string message)
    {
        writer.WriteStartObject("error");
        writer.WriteNumber("code", status);
        writer.WriteString("status", A2aFault.Word(status));
        writer.WriteString("message", message);
        writer.WriteStartArray("details");
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteJsonRpc(Utf8JsonWriter writer, int status, string message)
    {
        writer.WriteString("jsonrpc", "2.0");
        writer.WriteStartObject("error");
        writer.WriteNumber("code", status >= 500 ? -32603 : -32600);
        writer.WriteString("message", message);
        writer.WriteEndObject();
        writer.WriteNull("id");
    }
}
