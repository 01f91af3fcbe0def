using System.Text.Json;
using Fangd.Engine.Audit;
using Fangd.Engine.Memory;
using Fangd.Engine.Taint;

namespace Fangd.Engine.Tools.Knowledge;

/// <summary>Notes how two things of the knowledge graph relate.</summary>
public sealed class KnowledgeAddRelationTool(IKnowledgeGraph graph) : IGuardedTool
{
    private static readonly byte[] _schema = """
        {"type":"object","properties":{"source":{"type":"string","description":"Name or id of the one end"},"relation":{"type":"string","description":"works_at, knows_about, related_to, depends_on, owned_by, created_by, located_in, part_of, uses, produces or a word of your own"},"target":{"type":"string","description":"Name or id of the other end"},"confidence":{"type":"number","description":"0 to 1; 1 when left out"},"scope":{"type":"string","enum":["own","shared"],"description":"shared: all agents see it; own when left out"}},"required":["source","relation","target"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("knowledge_add_relation", "Notes how one thing relates to another, as in Ann works_at Acme.", _schema, ToolRisk.Low)
    {
        AuditedAs = AuditAction.MemoryAccess,
    };

    public string? Denial(JsonElement arguments, ToolScope scope) => KnowledgeGrants.WriteDenial(arguments, scope);

    public async ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var (source, target) = (arguments.Text("source") ?? "", arguments.Text("target") ?? "");
        if ((KnowledgeLimits.NameFault("source", source) ?? KnowledgeLimits.NameFault("target", target)) is { } fault)
            return ToolOutcome.Error(fault);
        if (GraphTypes.Normalise(arguments.Text("relation") ?? "") is not { } type)
            return ToolOutcome.Error(KnowledgeLimits.TypeFault("relation"));
        var confidence = arguments.Number("confidence") ?? 1;
        if (confidence is not (>= 0 and <= 1))
            return ToolOutcome.Error("The argument \"confidence\" must be a number from 0 to 1.");
        var relation = await graph.AddRelation(
            scope.AgentId, KnowledgeGrants.ScopeOf(arguments), source.Trim(), type, target.Trim(), confidence, ContextTaint.Carried(scope, source, target));
        return ToolOutcome.Ok($"Noted: {relation.Source.Name} {relation.Type} {relation.Target.Name}.");
    }
}
