using System.Text.Json;
using Fangd.Protocols.Mcp.Client;

namespace Fangd.UnitTests.Mcp;

public sealed class ParamHeadersTests
{
    [Theory]
    [InlineData("""{"type": "string", "x-mcp-header": ""}""")]
    [InlineData("""{"type": "string", "x-mcp-header": "a b"}""")]
    [InlineData("""{"type": "string", "x-mcp-header": "a:b"}""")]
    [InlineData("""{"type": "string", "x-mcp-header": "größe"}""")]
    [InlineData("""{"type": "string", "x-mcp-header": "other"}""")]
    [InlineData("""{"type": "string", "x-mcp-header": 5}""")]
    [InlineData("""{"type": "number", "x-mcp-header": "A"}""")]
    [InlineData("""{"type": "object", "x-mcp-header": "A"}""")]
    [InlineData("""{"x-mcp-header": "A"}""")]
    public void An_annotation_that_is_wrong_spoils_the_tool(string property) =>
        Assert.Null(ParamHeaders.Of(Json($$$"""{"properties": {"o": {"type": "string", "x-mcp-header": "Other"}, "p": {{{property}}} } }""")));

    [Fact]
    public void Arguments_are_mirrored_as_headers_can_hold_them()
    {
        var headers = ParamHeaders.Of(Json("""
            {"properties": {"a": {"type": "string", "x-mcp-header": "A"}, "b": {"type": "integer", "x-mcp-header": "B"}, "c": {"type": "boolean", "x-mcp-header": "C"},
             "d": {"type": "string", "x-mcp-header": "D"}, "e": {"type": "string", "x-mcp-header": "E"}, "f": {"type": "string", "x-mcp-header": "F"}, "g": {"type": "string"}, "h": true}}
            """))!;

        var values = ParamHeaders.Values(headers, Json("""{"a": "plain text", "b": 7, "c": false, "d": "größe", "e": null, "g": "x", "f": " padded"}"""));

        Assert.Equal(
            "Mcp-Param-A=plain text; Mcp-Param-B=7; Mcp-Param-C=false; Mcp-Param-D==?base64?Z3LDtsOfZQ==?=; Mcp-Param-F==?base64?IHBhZGRlZA==?=",
            string.Join("; ", values.Select(value => $"{value.Key}={value.Value}")));
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
