using System.Text.Json;
using Fangd.Engine.Memory;
using Fangd.Engine.Tools.Memory;

namespace Fangd.Engine.Tools.Knowledge;

/// <summary>
/// What the capabilities say about the graph: an agent's own part goes by the key <c>knowledge</c>, what is shared by
/// <c>shared.knowledge</c>, which has to be granted.
/// </summary>
internal static class KnowledgeGrants
{
    private const string Own = "knowledge";

    public static GraphScope ScopeOf(JsonElement arguments) => arguments.Text("scope") == "shared" ? GraphScope.Shared : GraphScope.Own;

    public static string? WriteDenial(JsonElement arguments, ToolScope scope)
    {
        var patterns = scope.Agent.Capabilities.MemoryWrite;
        if (ScopeOf(arguments) is GraphScope.Shared)
            return MemoryKeys.CoversShared(patterns) ? null : "shared knowledge is not covered by the agent's memory_write capability (shared.knowledge)";
        return MemoryKeys.Covers(patterns, Own) ? null : "knowledge is not covered by the agent's memory_write capability";
    }

    public static string? ReadDenial(ToolScope scope) =>
        MemoryKeys.Covers(scope.Agent.Capabilities.MemoryRead, Own) || ReadsShared(scope)
            ? null
            : "knowledge is not covered by the agent's memory_read capability";

    public static bool ReadsShared(ToolScope scope) => MemoryKeys.CoversShared(scope.Agent.Capabilities.MemoryRead);
}
