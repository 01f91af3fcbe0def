using System.Runtime.InteropServices;
using Fangd.Engine.Tools;
using Fangd.Server.Agents;
using Fangd.Server.Http;
using Fangd.Server.Mcp;
using Fangd.Server.Providers;

namespace Fangd.Server.Health;

/// <summary>What the daemon says of itself, and how it is asked to stop.</summary>
internal sealed class SystemEndpoints(SystemFacts facts, AgentRegistry registry, DefaultModel defaults, ToolGate tools, McpServers mcpServers)
{
    public void Map(RouteTable routes)
    {
        routes.Get("/api/health", Health).Public();
        routes.Get("/api/health/detail", HealthDetail);
        routes.Get("/api/status", Status);
        routes.Get("/api/version", Version);
        routes.Get("/api/config", Config);
        routes.Post("/api/shutdown", Shutdown);
        routes.Get("/api/profiles", Profiles);
        routes.Get("/api/tools", Tools);
    }

    private Task Health(Exchange exchange)
    {
        var (dialect, uptime) = (exchange.Dialect, facts.Health.Uptime);
        var status = facts.Database.IsHealthy ? dialect.Healthy : "degraded";
        var isAgentOs = dialect.Name == DialectName.AgentOs;
        return exchange.Ok(
            new HealthView(
                status,
                (long)uptime.TotalSeconds,
                facts.Health.Panics,
                facts.Restarts,
                isAgentOs ? facts.Build.Version : null,
                isAgentOs ? Environment.ProcessorCount : null,
                // AgentOS counts in fractions of a second; a whole number would be read as an integer by typed clients.
                isAgentOs ? Math.Round(uptime.TotalSeconds, 3) + 0.0001 : null));
    }

    private Task HealthDetail(Exchange exchange)
    {
        var isUp = facts.Database.IsHealthy && facts.CanRead();
        return exchange.Ok(
            new HealthDetail
            {
                Status = isUp ? exchange.Dialect.Healthy : "degraded",
                UptimeSeconds = (long)facts.Health.Uptime.TotalSeconds,
                PanicCount = facts.Health.Panics,
                RestartCount = facts.Restarts,
                AgentCount = registry.Count,
                Database = isUp ? "connected" : "error",
                DatabaseBytes = facts.Database.FileBytes,
                ActiveRuns = facts.Runs.Active,
                MemoryBytes = Environment.WorkingSet,
                InterruptedRuns = facts.InterruptedRuns,
                ConfigWarnings = facts.ConfigWarnings,
                Vault = facts.Vault.Status(),
                Providers = facts.Circuits.Health(),
            });
    }

    private Task Status(Exchange exchange)
    {
        var agents = registry.All.Select(agent =>
        {
            var model = defaults.Resolve(agent.Summary.Provider, agent.Summary.Model);
            return new StatusAgent(agent.Id, agent.Name, agent.Summary.State, agent.Mode, agent.CreatedAt, model.Provider, model.Model, agent.Summary.Profile);
        }).ToList();
        return exchange.Ok(
            new StatusView
            {
                Status = facts.Health.IsStopping ? "shutting_down" : "running",
                Version = facts.Build.Version,
                AgentCount = agents.Count,
                DataDir = facts.Paths.Data,
                HomeDir = facts.Paths.Home,
                ApiListen = exchange.Listener.Address.ToString(),
                LogLevel = facts.LogLevel,
                NetworkEnabled = facts.IsNetworkEnabled,
                DefaultProvider = defaults.Model.Provider,
                DefaultModel = defaults.Model.Model,
                UptimeSeconds = (long)facts.Health.Uptime.TotalSeconds,
                Agents = agents,
            });
    }

    private Task Version(Exchange exchange) => exchange.Ok(
        new VersionView(
            exchange.Dialect.Product,
            facts.Build.Version,
            facts.Build.Date,
            facts.Build.GitSha,
            "",
            OperatingSystem.IsMacOS() ? "macos" : OperatingSystem.IsWindows() ? "windows" : "linux",
            Architecture(),
            $".NET {Environment.Version} NativeAOT"));

    private Task Config(Exchange exchange) => exchange.Ok(
        new ConfigView
        {
            HomeDir = facts.Paths.Home,
            DataDir = facts.Paths.Data,
            DefaultProvider = defaults.Model.Provider,
            DefaultModel = defaults.Model.Model,
            ListenAddr = exchange.Listener.Address.ToString(),
            LogLevel = facts.LogLevel,
            ApiKeySet = facts.IsApiKeySet,
            ChannelsConfigured = 0,
            McpServers = mcpServers.Count,
        });

    private async Task Shutdown(Exchange exchange)
    {
        await exchange.Ok(new ShutdownView("shutting_down"));
        facts.RequestStop();
    }

    private static Task Profiles(Exchange exchange) => exchange.Ok(
        new ProfileList([.. ToolProfiles.All.Select(p => new ProfileView(p.Name, p.Tier, p.Description, p.Tools))]));

    private Task Tools(Exchange exchange)
    {
        // Aliases of the documents are names that a manifest may grant, so they are listed too.
        var names = tools.Catalog.Specs.SelectMany(s => s.Aliases.Where(IsDocumented).Prepend(s.Name)).ToList();
        return exchange.Ok(new ToolNameList(names, names.Count));
    }

    private static bool IsDocumented(string alias) => alias is "kv_get" or "kv_set" or "agent_call";

    private static string Architecture() => RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "x86_64",
        System.Runtime.InteropServices.Architecture.Arm64 => "aarch64",
        System.Runtime.InteropServices.Architecture.Arm => "arm",
        var other => other.ToString().ToLowerInvariant(),
    };
}
