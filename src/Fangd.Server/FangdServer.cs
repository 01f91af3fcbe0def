using System.Net;
using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Files;
using Fangd.Engine.Tools.Memory;
using Fangd.Engine.Tools.Time;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.Anthropic;
using Fangd.Protocols.Llm.Gemini;
using Fangd.Protocols.Llm.OpenAi;
using Fangd.Server.Agents;
using Fangd.Server.Budgets;
using Fangd.Server.Commands;
using Fangd.Server.Dashboard;
using Fangd.Server.Events;
using Fangd.Server.Health;
using Fangd.Server.Http;
using Fangd.Server.Logs;
using Fangd.Server.Memory;
using Fangd.Server.Metrics;
using Fangd.Server.Models;
using Fangd.Server.OpenAiCompat;
using Fangd.Server.Providers;
using Fangd.Server.Providers.Resilience;
using Fangd.Server.Runs;
using Fangd.Server.Sessions;
using Fangd.Server.Storage;
using Fangd.Server.Templates;
using Fangd.Server.Usage;
using Microsoft.Extensions.Logging;

namespace Fangd.Server;

/// <summary>
/// The daemon's inside, put together by hand: what follows is the whole dependency graph, in the order in which things need one another.
/// A container would read it from attributes at run time and cost start-up and memory for it.
/// </summary>
public sealed partial class FangdServer : IAsyncDisposable
{
    private readonly ServerOptions _options;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _stopRequested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DaemonHealth _health;
    private readonly InstanceLock _lock;
    private readonly Database _database;
    private readonly HttpClient _providers = LlmHttp.CreateClient();
    private readonly AgentLifecycle _agents;
    private readonly AgentRegistry _registry;
    private readonly RunQueue _runs;
    private readonly HttpHost _host;
    private readonly Housekeeping _housekeeping;
    private readonly MemoryTrim _trim;
    private readonly ILogger<FangdServer> _log;
    private readonly Func<string> _newId;

    private FangdServer(ServerOptions options, InstanceLock instance, Database database, int interruptedRuns)
    {
        _options = options;
        _lock = instance;
        _database = database;
        var (config, time, logs) = (options.Config, options.Time, options.Logs);
        // Version 7 ids grow with time, so rows that are born together lie together.
        _newId = () => NewUuid(time);
        _log = logs.CreateLogger<FangdServer>();
        _health = new DaemonHealth(time);

        var sessions = new SessionStore(database, time, _newId);
        var runStore = new RunStore(database, time);
        var events = new EventLog(database, time);
        var keyValues = new KeyValueStore(database, time);
        var folders = new AgentFolders(config.HomeDir);
        var workspaces = new AgentWorkspaces(config.WorkspacesDir);
        var agentStore = new AgentStore(database);
        _registry = new AgentRegistry();

        var defaults = new DefaultModel(new ModelRef(config.DefaultModel.Provider, config.DefaultModel.Model)
        {
            ApiKeyEnv = config.DefaultModel.ApiKeyEnv,
            BaseUrl = config.DefaultModel.BaseUrl,
        });
        var providers = new ProviderSettings(new KeyStore(Path.Combine(config.HomeDir, "secrets.env"), options.Environment), config.ProviderUrls);
        var circuits = new ProviderCircuits(config.Resilience, time, Jitter, logs.CreateLogger<ProviderCircuits>());
        var clients = new WireClients(
            new ResilientClient(new OpenAiChatClient(_providers, time), circuits),
            new ResilientClient(new AnthropicClient(_providers, time), circuits),
            new ResilientClient(new GeminiClient(_providers, time), circuits));
        var modelList = new OpenAiModelList(_providers, time);
        var catalogue = new ModelCatalog(new ModelStore(database));
        var local = new LocalModels(providers, catalogue, modelList, time, _stopping.Token);
        var model = new ModelResolver(providers, catalogue, clients);
        var usage = new UsageStore(database);
        var usageMeter = new UsageMeter(database, logs.CreateLogger<UsageMeter>());
        var budgetStore = new BudgetStore(database, config.Budget);
        var budgets = new BudgetBook(time) { Limits = budgetStore.Load() };
        budgets.Load(usage);
        var metering = new Metering(model, usageMeter, budgets, events, time, logs.CreateLogger<Metering>());
        var chains = new ModelChains(defaults, config.FallbackProviders, events.Append, logs.CreateLogger<ModelChains>());
        var lookup = new ModelLookup(providers, defaults, catalogue, modelList, time);

        var catalog = new ToolCatalog(
        [
            new ReadFileTool(),
            new WriteFileTool(),
            new ListFilesTool(),
            new MemoryStoreTool(keyValues),
            new MemoryRecallTool(keyValues),
            new SystemTimeTool(time),
        ]);
        var gate = new ToolGate(catalog, time, logs.CreateLogger<ToolGate>());
        var pieces = new RunPieces(
            new TurnLoop(), metering, chains, defaults, gate, database, sessions, runStore, workspaces, _health, time, config.MaxHistoryMessages);
        _runs = new RunQueue(new RunExecutor(pieces, logs.CreateLogger<RunExecutor>()), new RunLimits(), time, _newId, logs.CreateLogger<RunQueue>());
        _agents = new AgentLifecycle(agentStore, _registry, folders, workspaces, events, new LifecycleContext(time, _newId, logs.CreateLogger<AgentLifecycle>()));
        _trim = new MemoryTrim(_runs, time);
        _housekeeping = new Housekeeping(events, runStore, usage, _health, time, logs.CreateLogger<Housekeeping>());

        var actions = new SessionActions(sessions, _runs, new StoredConversations(sessions), metering, defaults);
        var commands = new ChatCommands(_registry, _agents, actions, _runs, runStore, lookup);
        var input = new MessageInput(sessions, config.Limits.MaxMessageBytes);
        var templates = new TemplateLibrary(config.HomeDir);
        var details = new AgentDetails(agentStore, gate, workspaces, defaults);
        var http = config.ToHttpSettings();
        var facts = new SystemFacts
        {
            Build = options.Build,
            Paths = new DaemonPaths(config.HomeDir, config.DataDir, config.WorkspacesDir),
            Health = _health,
            Database = database,
            Runs = _runs,
            Circuits = circuits,
            Chains = chains,
            LogLevel = LevelWord(config.LogLevel),
            IsNetworkEnabled = config.NetworkEnabled,
            IsApiKeySet = http.ApiKey is not null,
            ConfigWarnings = options.ConfigWarnings,
            Restarts = instance.Restarts,
            InterruptedRuns = interruptedRuns,
            RequestStop = RequestStop,
        };

        var meter = new HttpMeter();
        var routes = new RouteTable();
        new DashboardEndpoints().Map(routes);
        new SystemEndpoints(facts, _registry, defaults, catalog).Map(routes);
        new MetricsEndpoint(meter, _registry, facts, logs).Map(routes);
        new LogStreamEndpoint(logs, time, _stopping.Token).Map(routes);
        new AgentEndpoints(_registry, _agents, details, templates, _runs, defaults).Map(routes, config.Limits.MaxManifestBytes);
        new AgentConfigEndpoints(_registry, _agents, defaults).Map(routes);
        new AgentMessageEndpoints(_registry, _runs, input).Map(routes);
        new AgentSocketEndpoint(_registry, _runs, input, commands, new SocketContext(time, defaults, http.CorsOrigins, _stopping.Token)).Map(routes);
        new SessionEndpoints(_registry, sessions, actions).Map(routes);
        new MemoryEndpoints(_registry, keyValues).Map(routes);
        new TemplateEndpoints(templates).Map(routes);
        new ProviderEndpoints(
            providers,
            new ProviderUrlFile(options.ConfigFile, options.Environment),
            catalogue,
            local,
            new ProviderTest(providers, catalogue, defaults, metering, modelList)).Map(routes);
        new CopilotEndpoints(new CopilotLogin(config.Copilot, _providers, providers, time, _newId)).Map(routes);
        new ModelEndpoints(catalogue, local).Map(routes);
        new CatalogEndpoints(catalogue, new CatalogSource(config.Catalog.Source, _providers, time), local, time).Map(routes);
        new UsageEndpoints(usage, usageMeter, budgets, model, time).Map(routes);
        new BudgetEndpoints(budgets, budgetStore, usage, usageMeter, _registry, _agents).Map(routes);
        new OpenAiEndpoints(_registry, new ModelNames(_registry), new ChatSessions(sessions), _runs, time, _newId).Map(routes);
        commands.Map(routes);

        var addresses = new ClientAddress(http.TrustedProxies);
        _host = new HttpHost(http, time, logs);
        Routes = routes;
        Pipeline = new HttpPipeline(
            routes,
            new Authenticator(http.ApiKey, config.AllowUnauthenticated, addresses),
            new CorsPolicy(http.CorsOrigins, http.ApiKey is not null),
            addresses,
            meter,
            new PipelineContext(time, _newId, _health, logs.CreateLogger<HttpPipeline>(), http.MaxBodyBytes));
    }

    /// <summary>Ends when somebody asked over the API that the daemon stop.</summary>
    public Task StopRequested => _stopRequested.Task;

    /// <summary>The bound addresses, in the order of the configuration.</summary>
    public IReadOnlyList<IPEndPoint> Addresses => [.. _host.Listeners.Select(l => l.Address)];

    internal RouteTable Routes { get; }

    private HttpPipeline Pipeline { get; }

    /// <summary>
    /// Opens the database, loads the agents, listens. Throws <see cref="IOException"/> when another daemon has the home or an address is
    /// taken, <see cref="InvalidDataException"/> when the database is newer than this binary.
    /// </summary>
    public static async Task<FangdServer> Start(ServerOptions options, CancellationToken cancellation)
    {
        var config = options.Config;
        var instance = InstanceLock.Take(MakeHome(config.HomeDir));
        Database? database = null;
        FangdServer? server = null;
        try
        {
            database = OpenDatabase(config, options.Logs.CreateLogger<Database>());
            var interrupted = await new RunStore(database, options.Time).MarkInterrupted();
            server = new FangdServer(options, instance, database, interrupted);
            await server.Begin(interrupted, cancellation);
            return server;
        }
        catch
        {
            if (server is not null)
                await server._host.DisposeAsync();
            database?.Dispose();
            instance.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Drains: no new run is taken, active ones may end until the deadline and are then cancelled; then the connections close and the
    /// database is checkpointed.
    /// </summary>
    public async Task Stop(CancellationToken deadline)
    {
        _health.IsStopping = true;
        await _stopping.CancelAsync();
        await _runs.Drain(deadline);
        // Readers of a run that was cut get the moment that its last event takes to reach them.
        using var grace = new CancellationTokenSource(TimeSpan.FromMilliseconds(500), _options.Time);
        await _host.Stop(deadline.IsCancellationRequested ? grace.Token : deadline);
        await _housekeeping.Stop();
    }

    public async ValueTask DisposeAsync()
    {
        _trim.Dispose();
        await _host.DisposeAsync();
        _providers.Dispose();
        _database.Dispose();
        _lock.Dispose();
        _stopping.Dispose();
    }

    private async Task Begin(int interrupted, CancellationToken cancellation)
    {
        _agents.Load();
        await _agents.ReconcileFiles();
        await _host.Start(Pipeline, cancellation);
        _housekeeping.Start();
        _trim.Start();
        foreach (var listener in _host.Listeners)
            Listening(listener.Address.ToString(), listener.Dialect.Product);
        if (interrupted > 0)
            Interrupted(interrupted);
    }

    private static string MakeHome(string home)
    {
        try
        {
            Directory.CreateDirectory(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return home;
        }
        catch (UnauthorizedAccessException denied)
        {
            throw StartFailure.MayNotWrite(home, home, denied);
        }
    }

    private static Database OpenDatabase(Config.FangdConfig config, ILogger log)
    {
        try
        {
            return Database.Open(Path.Combine(config.DataDir, "fangd.db"), config.Storage.Durability, log);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw StartFailure.MayNotWrite(config.DataDir, config.HomeDir, denied);
        }
    }

    private void RequestStop() => _stopRequested.TrySetResult();

    private static string LevelWord(LogLevel level) => level switch
    {
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => level.ToString().ToLowerInvariant(),
    };

#pragma warning disable RS0030 // The two places where ids and chance come from; everything else gets them passed in.
    private static string NewUuid(TimeProvider time) => Guid.CreateVersion7(time.GetUtcNow()).ToString("D");

    private static double Jitter() => Random.Shared.NextDouble();
#pragma warning restore RS0030

    [LoggerMessage(LogLevel.Information, "Listening on {Address} ({Dialect}).")]
    private partial void Listening(string address, string dialect);

    [LoggerMessage(LogLevel.Warning, "{Count} runs were in flight when the daemon last stopped; they are marked interrupted.")]
    private partial void Interrupted(int count);
}
