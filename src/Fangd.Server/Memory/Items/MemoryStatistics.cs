using Fangd.Engine.Embeddings;
using Fangd.Server.Memory.Graph;

namespace Fangd.Server.Memory.Items;

/// <summary>Counts memories and what is known.</summary>
internal sealed class MemoryStatistics(MemoryStore store, GraphStore graph, IEmbedder embedder)
{
    /// <summary>Of one agent, or of all.</summary>
    public MemoryStats Of(string? agentId)
    {
        var count = store.Count(agentId);
        var (entities, relations) = graph.Count(agentId);
        return new MemoryStats
        {
            AgentId = agentId,
            Total = count.Held,
            Agents = agentId is null ? count.Agents : null,
            Embedded = count.Embedded,
            WaitingForEmbedding = embedder.Space.Length > 0 ? count.Held - count.Embedded : 0,
            EmbeddingModel = embedder.Space is { Length: > 0 } model ? model : null,
            Entities = entities,
            Relations = relations,
        };
    }
}
