using Fangd.Engine.Embeddings;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.Anthropic;
using Fangd.Protocols.Llm.Gemini;
using Fangd.Protocols.Llm.OpenAi;
using Fangd.Server.Agents;
using Fangd.Server.Budgets;
using Fangd.Server.Config;
using Fangd.Server.Http;
using Fangd.Server.Models;
using Fangd.Server.Providers.Embeddings;
using Fangd.Server.Providers.Resilience;
using Fangd.Server.Usage;
using Fangd.Server.Vault;

namespace Fangd.Server.Providers;

/// <summary>Every way to a model and what it costs: providers, the catalogue, resilience, fallbacks, metering and budgets.</summary>
internal sealed class ModelsFeature : IDisposable
{
    private readonly Foundation _base;
    private readonly OpenAiModelList _modelList;
    private readonly LocalModels _local;
    private readonly UsageMeter _meter;
    private readonly BudgetStore _budgetStore;
    private readonly BudgetBook _budgets;

    public ModelsFeature(Foundation on, KeyStore keys)
    {
        _base = on;
        var (config, time) = (on.Config, on.Time);
        Defaults = new DefaultModel(new ModelRef(config.DefaultModel.Provider, config.DefaultModel.Model)
        {
            ApiKeyEnv = config.DefaultModel.ApiKeyEnv,
            BaseUrl = config.DefaultModel.BaseUrl,
        });
        Settings = new ProviderSettings(keys, config.ProviderUrls);
        Circuits = new ProviderCircuits(config.Resilience, time, on.Chance, on.Log<ProviderCircuits>());
        var clients = new WireClients(
            new ResilientClient(new OpenAiChatClient(Http, time), Circuits),
            new ResilientClient(new AnthropicClient(Http, time), Circuits),
            new ResilientClient(new GeminiClient(Http, time), Circuits));
        _modelList = new OpenAiModelList(Http, time);
        Catalogue = new ModelCatalog(new ModelStore(on.Database));
        _local = new LocalModels(Settings, Catalogue, _modelList, time, on.Stopping);
        Resolver = new ModelResolver(Settings, Catalogue, clients);
        Usage = new UsageStore(on.Database);
        _meter = new UsageMeter(on.Database, on.Log<UsageMeter>());
        _budgetStore = new BudgetStore(on.Database, config.Budget, on.Audit);
        _budgets = new BudgetBook(time) { Limits = _budgetStore.Load() };
        _budgets.Load(Usage);
        Metering = new Metering(Resolver, _meter, _budgets, on.Events, time, on.Log<Metering>());
        Chains = new ModelChains(Defaults, config.FallbackProviders, on.Events.Append, on.Log<ModelChains>());
        Lookup = new ModelLookup(Settings, Defaults, Catalogue, _modelList, time);
    }

    /// <summary>For calls to providers of every kind.</summary>
    public HttpClient Http { get; } = LlmHttp.CreateClient();

    public DefaultModel Defaults { get; }

    /// <summary>Keys and addresses of the providers, as they are now.</summary>
    public ProviderSettings Settings { get; }

    public ProviderCircuits Circuits { get; }

    public ModelCatalog Catalogue { get; }

    public ModelResolver Resolver { get; }

    public UsageStore Usage { get; }

    public Metering Metering { get; }

    public ModelChains Chains { get; }

    public ModelLookup Lookup { get; }

    /// <summary>The configured embedding model; one that gives nothing while none is.</summary>
    public IEmbedder OpenEmbedder() =>
        new EmbeddingClients(Http, _base.Time).Open(_base.Config.Memory.Embedding, Defaults, Settings, _base.Time, _base.Log<Embedder>());

    /// <summary>Puts the limits of a changed configuration in force, over what was set over the API before.</summary>
    public async Task Apply(BudgetConfig config)
    {
        var change = new BudgetChange(config.MaxHourlyUsd, config.MaxDailyUsd, config.MaxMonthlyUsd, config.AlertThreshold, config.DefaultMaxLlmTokensPerHour);
        await _budgetStore.Save(change);
        _budgets.Limits = change.Apply(_budgets.Limits);
    }

    public void Map(RouteTable routes, AgentRegistry registry, AgentLifecycle agents)
    {
        var (config, time) = (_base.Config, _base.Time);
        new ProviderEndpoints(
            Settings,
            new ProviderUrlFile(_base.Options.ConfigFile, _base.Options.Environment),
            Catalogue,
            _local,
            new ProviderTest(Settings, Catalogue, Defaults, Metering, _modelList),
            _base.Audit).Map(routes);
        new CopilotEndpoints(new CopilotLogin(config.Copilot, Http, Settings, _base.Audit, time, _base.NewId)).Map(routes);
        new ModelEndpoints(Catalogue, _local).Map(routes);
        new CatalogEndpoints(Catalogue, new CatalogSource(config.Catalog.Source, Http, time), _local, time).Map(routes);
        new UsageEndpoints(Usage, _meter, _budgets, Resolver, time).Map(routes);
        new BudgetEndpoints(_budgets, _budgetStore, Usage, _meter, registry, agents).Map(routes);
    }

    public void Dispose() => Http.Dispose();
}
