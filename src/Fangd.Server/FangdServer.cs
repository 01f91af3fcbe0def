using System.Net;
using Fangd.Engine.Turns;
using Fangd.Server.A2a;
using Fangd.Server.Agents;
using Fangd.Server.Approvals;
using Fangd.Server.Audit;
using Fangd.Server.Commands;
using Fangd.Server.Config;
using Fangd.Server.Dashboard;
using Fangd.Server.Events;
using Fangd.Server.Files;
using Fangd.Server.Health;
using Fangd.Server.Http;
using Fangd.Server.Logs;
using Fangd.Server.Mcp;
using Fangd.Server.Mcp.Serving;
using Fangd.Server.Media;
using Fangd.Server.Memory;
using Fangd.Server.Metrics;
using Fangd.Server.OpenAiCompat;
using Fangd.Server.Processes;
using Fangd.Server.Providers;
using Fangd.Server.Runs;
using Fangd.Server.Security;
using Fangd.Server.Sessions;
using Fangd.Server.Skills;
using Fangd.Server.Storage;
using Fangd.Server.Tools;
using Fangd.Server.Vault;
using Fangd.Server.Web;
using Microsoft.Extensions.Logging;

namespace Fangd.Server;

/// <summary>
/// The daemon's inside, put together by hand: one object a feature, in the order in which they need one another. A container would read the
/// same from attributes at run time and cost start-up and memory for it.
/// </summary>
public sealed partial class FangdServer : IAsyncDisposable
{
    private readonly ServerOptions _options;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _stopRequested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DaemonHealth _health;
    private readonly InstanceLock _lock;
    private readonly Database _database;
    private readonly AuditFeature _audit;
    private readonly VaultFeature _vault;
    private readonly ModelsFeature _models;
    private readonly AgentsFeature _agents;
    private readonly MemoryFeature _memory;
    private readonly ApprovalsFeature _approvals;
    private readonly McpServingFeature _mcpServing;
    private readonly ProcessesFeature _processes;
    private readonly WebFeature _web;
    private readonly McpServersFeature _mcpServers;
    private readonly A2aFeature _a2a;
    private readonly RunQueue _runs;
    private readonly HttpHost _host;
    private readonly Housekeeping _housekeeping;
    private readonly MemoryTrim _trim;
    private readonly ILogger<FangdServer> _log;

    private FangdServer(ServerOptions options, InstanceLock instance, Database database, int interruptedRuns)
    {
        _options = options;
        _lock = instance;
        _database = database;
        var (config, time, logs) = (options.Config, options.Time, options.Logs);
        _log = logs.CreateLogger<FangdServer>();
        _health = new DaemonHealth(time);
        _audit = new AuditFeature(options, database);
        var on = new Foundation
        {
            Options = options,
            Database = database,
            // Version 7 ids grow with time, so rows that are born together lie together.
            NewId = () => NewUuid(time),
            Chance = Jitter,
            Events = new EventLog(database, time),
            Audit = _audit.Trail,
            Health = _health,
            Stopping = _stopping.Token,
        };
        var runStore = new RunStore(database, time);

        _vault = new VaultFeature(on);
        _models = new ModelsFeature(on, _vault.Keys);
        _agents = new AgentsFeature(on);
        _memory = new MemoryFeature(on, _agents.Registry, _models.OpenEmbedder());
        var taint = new TaintFeature(on, _vault);
        _approvals = new ApprovalsFeature(on, _agents.Registry, _vault.Vault, taint.Tracker);
        _processes = new ProcessesFeature(on, _agents.Lifecycle);
        _web = new WebFeature(on, _vault.Keys, _processes.Runner, _agents.Lifecycle, _models.Metering.Meter);
        _mcpServers = new McpServersFeature(on, _vault, _web.Outbound, _processes.Runner, new McpSampling(_models.Metering, _models.Defaults, _agents.Registry));
        var media = new MediaFeature(on, _models, _agents.Registry);
        var files = new FilesFeature(on, _agents, media.Transcribe);
        _a2a = new A2aFeature(on, _web.Outbound, _vault);
        var tools = new ToolsFeature(
            on,
            [.. _memory.Tools, .. _web.Tools, .. _agents.Tools(() => _runs!), .. media.Tools, .. _processes.Tools, .. _a2a.Tools],
            [taint.Check, _approvals.Check],
            taint.Inspector,
            _mcpServers.Servers);
        var skills = new SkillLibrary(config.HomeDir);
        var pieces = new RunPieces(
            new TurnLoop(), _models.Metering, _models.Chains, _models.Defaults, tools.Gate, database, _agents.Sessions, runStore,
            _agents.Workspaces, new AgentBriefing(skills), _memory.Turns, _health, time, config.MaxHistoryMessages);
        _runs = new RunQueue(new RunExecutor(pieces, on.Log<RunExecutor>()), new RunLimits(), time, on.NewId, on.Log<RunQueue>());
        _trim = new MemoryTrim(_runs, time);
        _housekeeping = new Housekeeping(on.Events, runStore, _models.Usage, [files.Housework, .. _memory.Housework, .. _audit.Housework, _approvals.Housework], _health, time, on.Log<Housekeeping>());

        var actions = new SessionActions(_agents.Sessions, _runs, new StoredConversations(_agents.Sessions), _models.Metering, _models.Defaults);
        var desk = _approvals.OpenDesk(_agents.Sessions, _runs);
        var commands = new ChatCommands(_agents.Registry, _agents.Lifecycle, actions, _runs, runStore, _models.Lookup) { Approvals = new ApprovalCommands(desk) };
        var http = config.ToHttpSettings();
        var facts = new SystemFacts
        {
            Build = options.Build,
            Paths = new DaemonPaths(config.HomeDir, config.DataDir, config.WorkspacesDir),
            Health = _health,
            Database = database,
            Runs = _runs,
            Circuits = _models.Circuits,
            Chains = _models.Chains,
            Vault = _vault.Vault,
            LogLevel = LevelWord(config.LogLevel),
            IsNetworkEnabled = config.NetworkEnabled,
            IsApiKeySet = http.ApiKey is not null,
            ConfigWarnings = options.ConfigWarnings,
            Restarts = instance.Restarts,
            InterruptedRuns = interruptedRuns,
            RequestStop = RequestStop,
        };

        var changes = new ConfigChanges(options, new HotSettings(_models, _approvals, _processes, _agents.Registry, _mcpServers.Servers), on.Audit);
        var meter = new HttpMeter();
        var routes = new RouteTable();
        new DashboardEndpoints().Map(routes);
        new SystemEndpoints(facts, _agents.Registry, _models.Defaults, tools.Gate, _mcpServers.Servers).Map(routes);
        new MetricsEndpoint(meter, _agents.Registry, facts, logs).Map(routes);
        new LogStreamEndpoint(logs, time, _stopping.Token).Map(routes);
        _agents.Map(routes, new AgentCalls(_runs, actions, commands, tools.Gate, _models.Defaults, files.Attachments));
        _memory.Map(routes);
        _approvals.Map(routes, desk, tools.Gate);
        _audit.Map(routes);
        new SecurityEndpoints([_audit.Security, _vault.Security, _web.Security, _processes.Security, .. taint.Security, .. CoreSecurity.Of(config, routes, tools.Gate)]).Map(routes);
        _vault.Map(routes);
        files.Map(routes);
        new SkillEndpoints(skills, _agents.Registry, _agents.Lifecycle).Map(routes);
        _models.Map(routes, _agents.Registry, _agents.Lifecycle);
        new DoorsFeature(on, _agents, _runs).Map(routes);
        _mcpServing = new McpServingFeature(on, _agents, _memory.KeyValues, tools.Gate, _runs);
        _mcpServing.Map(routes);
        _mcpServers.Map(routes, _agents.Registry, _agents.Lifecycle, changes);
        _a2a.Map(routes, _agents, _runs);
        commands.Map(routes);
        new ConfigEndpoints(changes, options.Environment).Map(routes);

        var addresses = new ClientAddress(http.TrustedProxies);
        _host = new HttpHost(http, time, logs);
        Routes = routes;
        Pipeline = new HttpPipeline(
            routes,
            new Authenticator(http.ApiKey, config.AllowUnauthenticated, addresses),
            new CorsPolicy(http.CorsOrigins, http.ApiKey is not null),
            addresses,
            meter,
            new PipelineContext(time, on.NewId, _health, logs.CreateLogger<HttpPipeline>(), http.MaxBodyBytes) { Attempts = _audit.Attempts });
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
        await _processes.Stop();
        await _a2a.Stop();
        // Readers of a run that was cut get the moment that its last event takes to reach them.
        using var grace = new CancellationTokenSource(TimeSpan.FromMilliseconds(500), _options.Time);
        await _host.Stop(deadline.IsCancellationRequested ? grace.Token : deadline);
        await _housekeeping.Stop();
        await _memory.Stop();
        await _mcpServers.Stop();
        _audit.Stop();
    }

    public async ValueTask DisposeAsync()
    {
        _trim.Dispose();
        await _host.DisposeAsync();
        _mcpServing.Dispose();
        await _a2a.DisposeAsync();
        await _web.DisposeAsync();
        _processes.Dispose();
        _models.Dispose();
        _approvals.Dispose();
        _database.Dispose();
        _lock.Dispose();
        _stopping.Dispose();
    }

    private async Task Begin(int interrupted, CancellationToken cancellation)
    {
        _agents.Lifecycle.Load();
        await _agents.Lifecycle.ReconcileFiles();
        await _a2a.Begin();
        await _approvals.Reopen();
        _mcpServers.Load();
        await _host.Start(Pipeline, cancellation);
        _vault.Vault.Look();
        _housekeeping.Start();
        _memory.Start();
        _processes.Start();
        _mcpServers.Start();
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
