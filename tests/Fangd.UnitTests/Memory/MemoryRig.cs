using System.Globalization;
using Fangd.Engine.Embeddings;
using Fangd.Engine.Memory;
using Fangd.Server.Agents;
using Fangd.Server.Config;
using Fangd.Server.Memory;
using Fangd.Server.Memory.Graph;
using Fangd.Server.Memory.Items;
using Fangd.Server.Memory.Tasks;
using Fangd.Server.Memory.Vectors;
using Fangd.Server.Storage;
using Fangd.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fangd.UnitTests.Memory;

/// <summary>What agents remember, over a database of its own with a few agents in it.</summary>
internal sealed class MemoryRig : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly IEmbedder _embedder;
    private int _ids;

    public MemoryRig(IEmbedder? embedder = null, int threshold = 10_000)
    {
        _embedder = embedder ?? new NoEmbedder();
        Config = new MemoryConfig
        {
            ConsolidationThreshold = threshold,
            DecayRate = 0.1,
            ConsolidationInterval = TimeSpan.FromHours(24),
            Embedding = new EmbeddingConfig(null, null, null),
        };
        Open();
        foreach (var agent in (string[])["ann", "ben", "cleo"])
            AddAgent(agent);
    }

    public ManualTime Time { get; } = new();
    public MemoryConfig Config { get; }
    public Database Database { get; private set; } = null!;
    public MemoryStore Items { get; private set; } = null!;
    public MemorySearch Search { get; private set; } = null!;
    public MemoryIndexer Indexer { get; private set; } = null!;
    public MemoryUpkeep Upkeep { get; private set; } = null!;
    public GraphStore Graph { get; private set; } = null!;
    public TaskBoard Board { get; private set; } = null!;
    public TurnMemory Turns { get; private set; } = null!;

    /// <summary>Opens the file again, as a daemon's next start does.</summary>
    public void Reopen()
    {
        Database.Dispose();
        Open();
    }

    public async Task<MemoryItem> Keep(string agent, string content, string scope = NewMemory.UsualScope, double confidence = 1) =>
        (await Items.Add(agent, new NewMemory(content) { Scope = scope, Confidence = confidence }))!.Item;

    public async Task<string[]> Find(string agent, string question, int limit = 10) =>
        [.. (await Search.Search(agent, new MemoryQuery(question, limit), CancellationToken.None)).Select(hit => hit.Content)];

    public long Count(string table) => Database.Read(sql => sql.Number($"SELECT count(*) FROM {table}"))!.Value;

    public Task Kill(string agent) => Database.Write(sql => sql.Execute("DELETE FROM agents WHERE id = $id", agent));

    public void Dispose()
    {
        Database.Dispose();
        _folder.Dispose();
    }

    private void AddAgent(string id) => Database.Write(sql => sql.Execute(
        """
        INSERT INTO agents (id, name, manifest, provider, model, description, mode, state, active_session, created_at, updated_at, file_modified, file_size)
        VALUES ($id, $id, '', '', '', '', '', '', 0, 0, 0, 0, 0)
        """,
        id)).GetAwaiter().GetResult();

    private void Open()
    {
        Database = Database.Open(Path.Combine(_folder.Root, "fangd.db"), Durability.Normal, NullLogger.Instance);
        var spaces = new MemorySpaces(Database);
        Items = new MemoryStore(Database, spaces, Time, NewId);
        Indexer = new MemoryIndexer(new VectorStore(Database), _embedder, Time, NullLogger<MemoryIndexer>.Instance);
        Search = new MemorySearch(Database, spaces, Items, Indexer, _embedder, Time);
        Upkeep = new MemoryUpkeep(Database, Config, Time);
        Graph = new GraphStore(Database, Time, NewId);
        Board = new TaskBoard(Database, new AgentRegistry(), Time, NewId);
        Turns = new TurnMemory(spaces, Search, Items, Indexer, NullLogger<TurnMemory>.Instance);
    }

    /// <summary>Grows, as the daemon's ids do.</summary>
    private string NewId() => Interlocked.Increment(ref _ids).ToString("x8", CultureInfo.InvariantCulture) + "-0000-4000-8000-000000000000";
}
