using System.Text.Json;

namespace Fangd.Server.AnthropicCompat;

/// <summary>Anthropic's error object.</summary>
internal static class AnthropicErrors
{
    public static string Type(int status) => status switch
    {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 => "overloaded_error",
        >= 500 => "api_error",
        _ => "invalid_request_error",
    };

    public static void Write(Utf8JsonWriter json, string type, string message)
    {
        json.WriteStartObject();
        WriteFields(json, type, message);
        json.WriteEndObject();
    }

    public static void WriteFields(Utf8JsonWriter json, string type, string message)
    {
        json.WriteString("type", "error");
        json.WriteStartObject("error");
        json.WriteString("type", type);
        json.WriteString("message", message);
        json.WriteEndObject();
    }
}
