using System.Globalization;
using System.Text;
using System.Text.Json;
using Fangd.Engine.Memory;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Tools.Memory;

/// <summary>Finds what the agent remembers as text: by words and, where that is configured, by meaning.</summary>
public sealed class MemorySearchTool(ISemanticMemory memory) : IGuardedTool
{
    private const int UsualHits = 5;
    private const int MostHits = 20;
    private const int MostQueryChars = 2000;

    private static readonly byte[] _schema = """
        {"type":"object","properties":{"query":{"type":"string","description":"What to look for, in plain words"},"limit":{"type":"integer","description":"Most results, 1 to 20; 5 when left out"},"scope":{"type":"string","description":"Only memories of this scope, such as episodic"}},"required":["query"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("memory_search", "Searches what is remembered from earlier conversations and notes.", _schema, ToolRisk.Low)
    {
        IsReadOnly = true,
    };

    public string? Denial(JsonElement arguments, ToolScope scope) =>
        arguments.Text("scope") is not { } asked || MemoryKeys.Covers(scope.Agent.Capabilities.MemoryRead, asked)
            ? null
            : "the scope is not covered by the agent's memory_read capability";

    public async ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var text = arguments.Text("query")!;
        if (text.Length is 0 or > MostQueryChars)
            return ToolOutcome.Error($"The argument \"query\" has {text.Length} characters; expected 1 to {MostQueryChars}.");
        var limit = arguments.Whole("limit") ?? UsualHits;
        if (limit is < 1 or > MostHits)
            return ToolOutcome.Error($"The argument \"limit\" is {limit}; expected 1 to {MostHits}.");
        var asked = arguments.Text("scope");
        var readable = scope.Agent.Capabilities.MemoryRead;
        var query = new MemoryQuery(text, (int)limit)
        {
            Scopes = asked is null ? held => MemoryKeys.Covers(readable, held) : held => held == asked,
        };
        var hits = await memory.Search(scope.AgentId, query, run);
        memory.Touch([.. hits.Select(hit => hit.Id)]);
        var labels = TaintLabels.None;
        foreach (var hit in hits)
            labels |= hit.Taint;
        return ToolOutcome.Ok(hits.Count == 0 ? "Nothing that is remembered fits." : Listed(hits)) with { Labels = labels };
    }

    private static string Listed(IReadOnlyList<MemoryHit> hits)
    {
        var text = new StringBuilder();
        foreach (var hit in hits)
        {
            if (text.Length > 0)
                text.Append("\n\n");
            text.Append(CultureInfo.InvariantCulture, $"[{hit.CreatedAt:yyyy-MM-dd}, {hit.Scope}] ").Append(hit.Content);
        }

        return text.ToString();
    }
}
