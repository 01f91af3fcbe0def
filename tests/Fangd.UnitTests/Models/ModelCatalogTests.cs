using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Server.Http;
using Fangd.Server.Models;
using Fangd.UnitTests.Usage;

namespace Fangd.UnitTests.Models;

public sealed class ModelCatalogTests
{
    [Fact]
    public void Every_built_in_entry_is_sound_and_every_alias_leads_to_one_model()
    {
        using var rig = new MeteringRig();
        var all = rig.Catalog.Current.All;

        Assert.True(all.Count > 200);
        Assert.Equal(all.Count, all.Select(m => (m.Provider, m.Id)).Distinct().Count());
        Assert.All(all, m => Assert.NotNull(rig.Settings.Find(m.Provider)));
        Assert.All(rig.Catalog.Current.Aliases, a => Assert.Null(rig.Catalog.Current.FindById(a.Key)));
    }

    [Theory]
    [InlineData("openai", "sonnet", "anthropic", "claude-sonnet-4-20250514")]
    [InlineData("anthropic", "haiku", "anthropic", "claude-3-5-haiku-20241022")]
    [InlineData("OpenAI", "gpt4", "openai", "gpt-4o")]
    [InlineData("ollama", "mistral", "ollama", "mistral")]
    [InlineData("nobodys", "sonnet", "nobodys", "sonnet")]
    [InlineData("groq", "sonnet", "groq", "sonnet")]
    [InlineData("openai", "gpt-4o", "openai", "gpt-4o")]
    [InlineData("openai", "unheard-of", "openai", "unheard-of")]
    public void An_alias_is_followed_unless_the_server_is_the_users_own(string provider, string name, string toProvider, string toName)
    {
        using var rig = new MeteringRig(urls: new Dictionary<string, string> { ["groq"] = "http://proxy.example/v1" });

        Assert.Equal(new ModelRef(toProvider, toName), rig.Models.Resolve(new ModelRef(provider, name)));
    }

    [Theory]
    [InlineData("openrouter", "openrouter/google/gemini-2.5-flash", "google/gemini-2.5-flash")]
    [InlineData("openrouter", "google/gemini-2.5-flash", "google/gemini-2.5-flash")]
    [InlineData("openrouter", "openrouter/hunter-alpha", "openrouter/hunter-alpha")]
    [InlineData("nvidia", "nvidia/llama-3.1-nemotron-70b-instruct", "nvidia/llama-3.1-nemotron-70b-instruct")]
    [InlineData("openai", "gpt4", "gpt-4o")]
    public async Task The_provider_gets_its_own_name_of_the_model(string provider, string name, string sent)
    {
        var client = new ScriptedClient(LlmEvent.Stopped(LlmStop.EndTurn));
        using var rig = new MeteringRig(client);

        await rig.Ask(rig.Models, provider, name);

        Assert.Equal(sent, client.Calls.Single().Request.Model);
        Assert.Equal(PriceKind.Known, rig.Models.Price(rig.Models.Resolve(new ModelRef(provider, name))).Kind switch { PriceKind.Free => PriceKind.Known, var kind => kind });
    }

    [Fact]
    public void Windows_and_prices_are_the_models_own()
    {
        using var rig = new MeteringRig();

        Assert.Equal(1_048_576, rig.Models.ContextWindow(new ModelRef("gemini", "gemini-2.5-flash")));
        Assert.Equal(ModelInfo.UnknownWindow, rig.Models.ContextWindow(new ModelRef("gemini", "no-such")));
        Assert.Equal(2.5 + 10, rig.Models.Cost(new ModelRef("openai", "gpt-4o"), new LlmUsage(1_000_000, 1_000_000)), 9);
        Assert.Equal(1.25, rig.Models.Cost(new ModelRef("openai", "gpt-4o"), new LlmUsage(1_000_000, 0, 2_000_000)), 9);
    }

    [Fact]
    public async Task A_model_of_the_users_own_is_there_at_once_and_after_a_start_and_can_be_removed()
    {
        using var rig = new MeteringRig();
        var own = new ModelInfo { Id = "me/mine", Provider = "openai", DisplayName = "Mine", Tier = "custom", Price = new ModelPrice(5, 5, 15), Origin = ModelOrigin.Custom };

        await rig.Catalog.Add(own);
        rig.Reopen();
        var again = new ModelCatalog(new ModelStore(rig.Database));

        Assert.Equal(20, rig.Models.Cost(new ModelRef("openai", "me/mine"), new LlmUsage(1_000_000, 1_000_000)), 9);
        Assert.Equal(own with { Aliases = [] }, again.Current.FindById("me/mine")! with { Aliases = [] });
        Assert.Equal(ApiFault.Conflict, (await Assert.ThrowsAsync<ApiException>(() => again.Add(own))).Fault);
        Assert.Equal(ApiFault.NotFound, (await Assert.ThrowsAsync<ApiException>(() => again.Remove("gpt-4o"))).Fault);
        await again.Remove("me/mine");
        Assert.Null(again.Current.FindById("me/mine"));
    }

    [Fact]
    public async Task A_source_adds_and_changes_and_keeps_the_users_own_and_the_aliases()
    {
        using var rig = new MeteringRig();
        await rig.Catalog.Add(new ModelInfo { Id = "own", Provider = "openai", DisplayName = "Own", Tier = "custom", Price = new ModelPrice(1, 1, 1), Origin = ModelOrigin.Custom });
        var text = """
            {"models": [
              {"id": "gpt-4o", "provider": "openai", "display_name": "GPT-4o", "tier": "smart", "context_window": 128000, "max_output": 16384,
               "input_cost_per_1m": 2, "cached_cost_per_1m": 1, "output_cost_per_1m": 8, "supports_vision": true},
              {"id": "gpt-9", "provider": "openai", "input_cost_per_1m": 9, "output_cost_per_1m": 9},
              {"id": "own", "provider": "openai", "input_cost_per_1m": 9, "output_cost_per_1m": 9}
            ]}
            """u8.ToArray();

        var report = await rig.Catalog.Merge(CatalogSource.Parse(text), new CatalogSync(rig.Time.GetUtcNow(), "here"));

        Assert.Equal(
            ["gpt-4o: price 2.5/10 → 2/8", "gpt-9: added"],
            report.Changes.Select(c => $"{c.Id}: {c.What}"));
        Assert.Equal(new ModelPrice(1, 1, 1), rig.Catalog.Current.FindById("own")!.Price);
        Assert.Equal(new ModelPrice(2, 1, 8), rig.Catalog.Current.FindAlias("gpt4")!.Price);
        Assert.Equal("here", rig.Catalog.LastSync!.Source);
        Assert.Empty((await rig.Catalog.Merge(CatalogSource.Parse(text), new CatalogSync(rig.Time.GetUtcNow(), "here"))).Changes);
    }

    [Theory]
    [InlineData("", "the columns id and provider are missing")]
    [InlineData("<html></html>", "the columns id and provider are missing")]
    [InlineData("id\tprovider\n", "it lists no models")]
    [InlineData("id\tprovider\tcontext_window\nm\tp\tmany", "line 2: context_window")]
    [InlineData("id\tprovider\tinput_cost_per_1m\toutput_cost_per_1m\nm\tp\t-1\t2", "line 2: costs")]
    [InlineData("id\tprovider\tinput_cost_per_1m\toutput_cost_per_1m\nm\tp\tNaN\t2", "line 2: costs")]
    [InlineData("""{"models": []}""", "it lists no models")]
    [InlineData("""{"modles": []}""", "models is missing")]
    [InlineData("""[{"id": "m"}]""", "models[0]: provider is missing")]
    [InlineData("""[{"id": "m", "provider": "p"}, null]""", "models[1] is null")]
    [InlineData("""[{"id": "m", "provider": "p", "input_cost_per_1m": 1}]""", "belong together")]
    [InlineData("""[{"id": "m", "provider": "p", "tier": "best"}]""", "models[0]: tier must be one of")]
    public void A_source_that_is_no_list_of_models_is_refused_with_the_place(string text, string why) =>
        Assert.Contains(why, Assert.Throws<InvalidDataException>(() => CatalogSource.Parse(System.Text.Encoding.UTF8.GetBytes(text))).Message);

    [Fact]
    public void A_servers_list_fills_gaps_and_gives_way_to_what_is_known_better()
    {
        using var rig = new MeteringRig();
        var listed = new ModelInfo { Id = "qwen3:4b", Provider = "ollama", DisplayName = "q", Tier = "local", Price = new ModelPrice(0, 0, 0) };

        rig.Catalog.Discover("ollama", [listed, listed with { Id = "llama3.2", DisplayName = "other" }]);
        Assert.Equal(("q", "Llama 3.2 (Ollama)"), (rig.Catalog.Current.FindById("qwen3:4b")!.DisplayName, rig.Catalog.Current.FindById("llama3.2")!.DisplayName));

        rig.Catalog.Discover("ollama", []);
        Assert.Null(rig.Catalog.Current.FindById("qwen3:4b"));
    }
}
