using System.Text.Json;
using Fangd.Protocols.Mcp.Serving;

namespace Fangd.McpConformance;

/// <summary>Resources: two that never change, one that is watched, and a template.</summary>
internal static class ResourceFixtures
{
    private static readonly (string Uri, string Name, string MimeType)[] _all =
    [
        ("test://static-text", "Static text", "text/plain"),
        ("test://static-binary", "Static binary", "image/png"),
        ("test://watched-resource", "Watched", "text/plain"),
    ];

    public static ValueTask List(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        result.WriteStartArray("resources");
        foreach (var (uri, name, mimeType) in _all)
        {
            result.WriteStartObject();
            result.WriteString("uri", uri);
            result.WriteString("name", name);
            result.WriteString("description", $"{name} for tests");
            result.WriteString("mimeType", mimeType);
            result.WriteEndObject();
        }

        result.WriteEndArray();
        return ValueTask.CompletedTask;
    }

    public static ValueTask Templates(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        result.WriteStartArray("resourceTemplates");
        result.WriteStartObject();
        result.WriteString("uriTemplate", "test://template/{id}/data");
        result.WriteString("name", "Template");
        result.WriteString("description", "Data of an id");
        result.WriteString("mimeType", "application/json");
        result.WriteEndObject();
        result.WriteEndArray();
        return ValueTask.CompletedTask;
    }

    public static ValueTask Read(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        var uri = request.DemandText("uri");
        var (field, mimeType, content) = uri switch
        {
            "test://static-text" => ("text", "text/plain", "This is the content of the static text resource."),
            "test://static-binary" => ("blob", "image/png", Content.Png),
            "test://watched-resource" => ("text", "text/plain", "Watched resource content"),
            _ when uri.StartsWith("test://template/", StringComparison.Ordinal) && uri.EndsWith("/data", StringComparison.Ordinal) && uri.Length > 21 =>
                ("text", "application/json", $$"""{"id":"{{uri[16..^5]}}","templateTest":true,"data":"Data for ID: {{uri[16..^5]}}"}"""),
            _ => throw new McpFault(McpFault.InvalidParams, "Resource not found", json =>
            {
                json.WriteStartObject();
                json.WriteString("uri", uri);
                json.WriteEndObject();
            }),
        };
        result.WriteStartArray("contents");
        result.WriteStartObject();
        result.WriteString("uri", uri);
        result.WriteString("mimeType", mimeType);
        result.WriteString(field, content);
        result.WriteEndObject();
        result.WriteEndArray();
        return ValueTask.CompletedTask;
    }
}
