using Fangd.Engine.Embeddings;
using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Knowledge;
using Fangd.Engine.Tools.Memory;
using Fangd.Engine.Tools.Tasks;
using Fangd.Server.Agents;
using Fangd.Server.Health;
using Fangd.Server.Http;
using Fangd.Server.Memory.Graph;
using Fangd.Server.Memory.Items;
using Fangd.Server.Memory.Tasks;
using Fangd.Server.Memory.Vectors;

namespace Fangd.Server.Memory;

/// <summary>What agents remember: pairs, memories as text, the knowledge graph and the board of tasks.</summary>
internal sealed class MemoryFeature
{
    private readonly AgentRegistry _registry;
    private readonly MemoryStore _items;
    private readonly MemorySearch _search;
    private readonly MemoryIndexer _indexer;
    private readonly MemoryStatistics _statistics;
    private readonly MemoryUpkeep _upkeep;
    private readonly GraphStore _graph;
    private readonly TaskBoard _board;

    /// <summary>The keys of agents.</summary>
    public KeyValueStore KeyValues { get; }

    public MemoryFeature(Foundation on, AgentRegistry registry, IEmbedder embedder)
    {
        _registry = registry;
        var spaces = new MemorySpaces(on.Database);
        KeyValues = new KeyValueStore(on.Database, on.Time);
        _items = new MemoryStore(on.Database, spaces, on.Time, on.NewId);
        _indexer = new MemoryIndexer(new VectorStore(on.Database), embedder, on.Time, on.Log<MemoryIndexer>());
        _search = new MemorySearch(on.Database, spaces, _items, _indexer, embedder, on.Time);
        _upkeep = new MemoryUpkeep(on.Database, on.Config.Memory, on.Time);
        _graph = new GraphStore(on.Database, on.Time, on.NewId);
        _board = new TaskBoard(on.Database, registry, on.Time, on.NewId);
        _statistics = new MemoryStatistics(_items, _graph, embedder);
        Turns = new TurnMemory(spaces, _search, _items, _indexer, on.Log<TurnMemory>());
    }

    public TurnMemory Turns { get; }

    public IReadOnlyList<ITool> Tools =>
    [
        new MemoryStoreTool(KeyValues),
        new MemoryRecallTool(KeyValues),
        new MemoryListTool(KeyValues),
        new MemorySearchTool(_search),
        new KnowledgeAddEntityTool(_graph),
        new KnowledgeAddRelationTool(_graph),
        new KnowledgeQueryTool(_graph),
        new TaskPostTool(_board),
        new TaskClaimTool(_board),
        new TaskCompleteTool(_board),
        new TaskListTool(_board),
        new TaskStatusTool(_board),
    ];

    public IReadOnlyList<IHousework> Housework => [_upkeep, _board];

    public void Map(RouteTable routes)
    {
        new MemoryEndpoints(_registry, KeyValues).Map(routes);
        new MemoryItemEndpoints(_registry, _items, _search, _indexer, _statistics).Map(routes);
        new AgentMemoryEndpoints(_registry, _items, _search, _indexer, _statistics).Map(routes);
        new GraphEndpoints(_registry, _graph).Map(routes);
    }

    /// <summary>Begins to give memories their vectors, where an embedding model is configured.</summary>
    public void Start() => _indexer.Start();

    public Task Stop() => _indexer.Stop();
}
