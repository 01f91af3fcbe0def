using System.Text.Json;
using Fangd.Protocols.Mcp.Serving;
using Fangd.Server.Mcp.Serving;

namespace Fangd.McpConformance;

/// <summary>The methods of the suite's server: tools, resources, prompts and completion under the names that its scenarios use.</summary>
internal sealed class Fixtures
{
    private readonly ToolFixtures _tools;

    public Fixtures(McpNotices notices) => _tools = new ToolFixtures(notices);

    public IReadOnlyDictionary<string, McpMethod> Methods => new Dictionary<string, McpMethod>
    {
        ["tools/list"] = _tools.List,
        ["tools/call"] = _tools.Call,
        ["resources/list"] = ResourceFixtures.List,
        ["resources/templates/list"] = ResourceFixtures.Templates,
        ["resources/read"] = ResourceFixtures.Read,
        ["resources/subscribe"] = Nothing,
        ["resources/unsubscribe"] = Nothing,
        ["prompts/list"] = PromptFixtures.List,
        ["prompts/get"] = PromptFixtures.Get,
        ["completion/complete"] = Complete,
        ["logging/setLevel"] = Nothing,
    };

    private static ValueTask Nothing(McpRequest request, Utf8JsonWriter result, CancellationToken cancel) => ValueTask.CompletedTask;

    private static ValueTask Complete(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        var argument = request.Object("argument");
        var typed = argument.TryGetProperty("value", out var value) ? value.GetString() ?? "" : "";
        string[] known = ["paris", "park", "party", "test-value"];
        var values = known.Where(word => word.StartsWith(typed, StringComparison.Ordinal)).ToList();
        result.WriteStartObject("completion");
        result.WriteStartArray("values");
        foreach (var word in values)
            result.WriteStringValue(word);
        result.WriteEndArray();
        result.WriteNumber("total", values.Count);
        result.WriteBoolean("hasMore", false);
        result.WriteEndObject();
        return ValueTask.CompletedTask;
    }
}
