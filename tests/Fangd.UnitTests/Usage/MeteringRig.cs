using Fangd.Engine.Agents;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Server.Agents;
using Fangd.Server.Budgets;
using Fangd.Server.Events;
using Fangd.Server.Models;
using Fangd.Server.Providers;
using Fangd.Server.Sessions;
using Fangd.Server.Storage;
using Fangd.Server.Usage;
using Fangd.TestKit;
using Fangd.UnitTests.Vault;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fangd.UnitTests.Usage;

/// <summary>The metering of a daemon over a database of its own, with a clock that a test moves and a client that a test scripts.</summary>
internal sealed class MeteringRig : IDisposable
{
    private readonly TempFolder _folder = new();

    public MeteringRig(ILlmClient? client = null, IReadOnlyDictionary<string, string>? urls = null)
    {
        Open();
        var keys = VaultRig.Keys(_folder.Root, name => name.EndsWith("_KEY", StringComparison.Ordinal) ? "k" : null);
        Settings = new ProviderSettings(keys, urls ?? new Dictionary<string, string>());
        Catalog = new ModelCatalog(new ModelStore(Database));
        var wire = client ?? new ScriptedClient();
        Models = new ModelResolver(Settings, Catalog, new WireClients(wire, wire, wire));
        Usage = new UsageStore(Database);
        Meter = new UsageMeter(Database, NullLogger<UsageMeter>.Instance);
        Budgets = new BudgetBook(Time);
        Metering = new Metering(Models, Meter, Budgets, new EventLog(Database, Time), Time, NullLogger<Metering>.Instance);
    }

    public ManualTime Time { get; } = new();
    public Database Database { get; private set; } = null!;
    public ProviderSettings Settings { get; }
    public ModelCatalog Catalog { get; }
    public ModelResolver Models { get; }
    public UsageStore Usage { get; }
    public UsageMeter Meter { get; }
    public BudgetBook Budgets { get; }
    public Metering Metering { get; }

    public static LlmRequest Request(string text = "hello", int? maxTokens = null) =>
        new() { Model = "", Messages = [LlmMessage.User(text)], MaxTokens = maxTokens };

    /// <summary>Opens the database again, as a daemon's next start does.</summary>
    public void Reopen()
    {
        Database.Dispose();
        Open();
    }

    public MeteredModel For(string agentId, AgentResources? resources = null)
    {
        var manifest = new AgentManifest { Name = agentId, Resources = resources ?? new AgentResources() };
        var summary = new AgentSummary
        {
            Name = agentId,
            Provider = "openai",
            Model = "gpt-4o",
            Profile = null,
            Description = "",
            Mode = "full",
            State = "Running",
            UpdatedAt = Time.GetUtcNow(),
        };
        return Metering.For(new Agent(agentId, Time.GetUtcNow(), null, summary, new SessionRef(1, "s"), _ => manifest), manifest, "s", "r");
    }

    public async Task<List<LlmEvent>> Ask(IChatModel model, string provider = "openai", string name = "gpt-4o")
    {
        var events = new List<LlmEvent>();
        await foreach (var happened in model.Stream(new ModelRef(provider, name), Request(), TestContext.Current.CancellationToken))
            events.Add(happened);
        return events;
    }

    public void Dispose()
    {
        Database.Dispose();
        _folder.Dispose();
    }

    private void Open() => Database = Database.Open(Path.Combine(_folder.Root, "fangd.db"), Durability.Normal, NullLogger.Instance);
}
