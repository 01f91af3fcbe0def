using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.OpenAi;
using Fangd.Server.Models;
using Fangd.TestKit;
using Fangd.UnitTests.Usage;

namespace Fangd.UnitTests.Models;

public sealed class LocalModelsTests
{
    [Fact]
    public async Task Local_servers_are_asked_once_a_minute_and_their_models_are_free()
    {
        await using var server = FakeModel.Start();
        using var http = LlmHttp.CreateClient();
        using var rig = new MeteringRig(urls: Urls(server.BaseUrl));
        var local = new LocalModels(rig.Settings, rig.Catalog, new OpenAiModelList(http, rig.Time), rig.Time, TestContext.Current.CancellationToken);

        await local.Refresh();
        var asked = server.Requests;
        await local.Refresh();

        Assert.Equal(4, asked);
        Assert.Equal(asked, server.Requests);
        var state = local.States["ollama"];
        Assert.True(state.IsUp);
        var found = rig.Catalog.Current.All.Where(m => m.Origin == ModelOrigin.Discovered && m.Provider == "ollama").ToList();
        Assert.Equal(state.Models, found.Count);
        Assert.All(found, m => Assert.Equal(PriceKind.Free, rig.Models.Price(new(m.Provider, m.Id)).Kind));
    }

    [Fact]
    public async Task A_server_that_is_away_is_said_to_be_and_its_models_go()
    {
        var server = FakeModel.Start();
        using var http = LlmHttp.CreateClient();
        using var rig = new MeteringRig(urls: Urls(server.BaseUrl));
        var local = new LocalModels(rig.Settings, rig.Catalog, new OpenAiModelList(http, rig.Time), rig.Time, TestContext.Current.CancellationToken);
        await local.Refresh();
        await server.DisposeAsync();

        rig.Time.Advance(TimeSpan.FromMinutes(1));
        await local.Refresh();
        while (local.States["ollama"].IsUp)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Assert.Contains("Ollama", local.States["ollama"].Error);
        Assert.DoesNotContain(rig.Catalog.Current.All, m => m.Origin == ModelOrigin.Discovered);
    }

    private static Dictionary<string, string> Urls(string url) => new[] { "ollama", "vllm", "lmstudio", "lemonade" }.ToDictionary(id => id, _ => url);
}
