using System.Globalization;
using System.Text;
using System.Text.Json;
using Fangd.Engine.Memory;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Tools.Knowledge;

/// <summary>Walks the knowledge graph.</summary>
public sealed class KnowledgeQueryTool(IKnowledgeGraph graph) : IGuardedTool
{
    private const int MostPaths = 50;
    private const int MostPropertyChars = 400;

    private static readonly byte[] _schema = """
        {"type":"object","properties":{"source":{"type":"string","description":"Name or id where to begin"},"relation":{"type":"string","description":"Only relations of this type"},"target":{"type":"string","description":"Name or id where to end"},"max_depth":{"type":"integer","description":"Most steps from source to target, 1 to 6; 1 when left out"},"direction":{"type":"string","enum":["outgoing","incoming","both"],"description":"outgoing when left out"}}}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("knowledge_query", "Finds how noted things relate, over several steps if asked.", _schema, ToolRisk.Low) { IsReadOnly = true };

    public string? Denial(JsonElement arguments, ToolScope scope) => KnowledgeGrants.ReadDenial(scope);

    public async ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var depth = arguments.Whole("max_depth") ?? 1;
        if (depth is < 1 or > GraphQuery.Deepest)
            return ToolOutcome.Error($"The argument \"max_depth\" is {depth}; expected 1 to {GraphQuery.Deepest}.");
        string? type = null;
        if (arguments.Text("relation") is { } relation && (type = GraphTypes.Normalise(relation)) is null)
            return ToolOutcome.Error(KnowledgeLimits.TypeFault("relation"));
        var paths = await graph.Query(scope.AgentId, new GraphQuery
        {
            Source = arguments.Text("source"),
            Relation = type,
            Target = arguments.Text("target"),
            MaxDepth = (int)depth,
            Direction = arguments.Text("direction") switch
            {
                "incoming" => GraphDirection.Incoming,
                "both" => GraphDirection.Both,
                _ => GraphDirection.Outgoing,
            },
            IncludesShared = KnowledgeGrants.ReadsShared(scope),
            Limit = MostPaths,
        });
        return ToolOutcome.Ok(paths.Count == 0 ? "Nothing that is noted fits." : Listed(paths)) with { Labels = Labels(paths) };
    }

    private static TaintLabels Labels(IReadOnlyList<GraphPath> paths)
    {
        var labels = TaintLabels.None;
        foreach (var path in paths)
        {
            foreach (var step in path.Steps)
                labels |= step.Taint | step.Source.Taint | step.Target.Taint;
        }

        return labels;
    }

    /// <summary>Each path on a line, then what is known of the things in them.</summary>
    private static string Listed(IReadOnlyList<GraphPath> paths)
    {
        var text = new StringBuilder();
        var named = new Dictionary<string, GraphEntity>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            text.AppendJoin("; ", path.Steps.Select(Step)).Append('\n');
            foreach (var step in path.Steps)
            {
                named.TryAdd(step.Source.Id, step.Source);
                named.TryAdd(step.Target.Id, step.Target);
            }
        }

        foreach (var entity in named.Values.Where(entity => entity.Properties != "{}"))
            text.Append(entity.Name).Append(": ").Append(Short(entity.Properties)).Append('\n');
        return text.ToString().TrimEnd();
    }

    private static ReadOnlySpan<char> Short(string properties)
    {
        if (properties.Length <= MostPropertyChars)
            return properties;
        return properties.AsSpan(0, char.IsHighSurrogate(properties[MostPropertyChars - 1]) ? MostPropertyChars - 1 : MostPropertyChars);
    }

    private static string Step(GraphRelation step) => string.Create(
        CultureInfo.InvariantCulture,
        $"{step.Source.Name} ({step.Source.Type}) {step.Type} {step.Target.Name} ({step.Target.Type}){(step.Confidence < 1 ? $" [{step.Confidence:0.##}]" : "")}");
}
