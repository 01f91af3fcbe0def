using System.Text.Json;
using Fangd.Engine.Audit;
using Fangd.Engine.Memory;
using Fangd.Engine.Taint;

namespace Fangd.Engine.Tools.Knowledge;

/// <summary>Notes a thing in the knowledge graph.</summary>
public sealed class KnowledgeAddEntityTool(IKnowledgeGraph graph) : IGuardedTool
{
    private static readonly byte[] _schema = """
        {"type":"object","properties":{"name":{"type":"string"},"entity_type":{"type":"string","description":"person, organization, project, concept, event, location, document, tool or a word of your own"},"properties":{"type":"object","description":"Facts about it"},"scope":{"type":"string","enum":["own","shared"],"description":"shared: all agents see it; own when left out"}},"required":["name","entity_type"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("knowledge_add_entity", "Notes a person, place, project or other thing and facts about it.", _schema, ToolRisk.Low)
    {
        AuditedAs = AuditAction.MemoryAccess,
    };

    public string? Denial(JsonElement arguments, ToolScope scope) => KnowledgeGrants.WriteDenial(arguments, scope);

    public async ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var name = arguments.Text("name") ?? "";
        if (KnowledgeLimits.NameFault("name", name) is { } fault)
            return ToolOutcome.Error(fault);
        if (GraphTypes.Normalise(arguments.Text("entity_type") ?? "") is not { } type)
            return ToolOutcome.Error(KnowledgeLimits.TypeFault("entity_type"));
        var properties = arguments.TryGetProperty("properties", out var given) && given.ValueKind is JsonValueKind.Object ? given.GetRawText() : "{}";
        if (properties.Length > KnowledgeLimits.Properties)
            return ToolOutcome.Error($"The argument \"properties\" has {properties.Length} characters; at most {KnowledgeLimits.Properties} are kept.");
        var entity = await graph.AddEntity(scope.AgentId, KnowledgeGrants.ScopeOf(arguments), type, name.Trim(), properties, ContextTaint.Carried(scope, name, properties));
        return ToolOutcome.Ok($"Noted the {entity.Type} \"{entity.Name}\" (id {entity.Id}).");
    }
}
