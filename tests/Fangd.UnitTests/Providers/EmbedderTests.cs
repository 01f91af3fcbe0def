using System.Text.Json;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.Embeddings;
using Fangd.Server.Config;
using Fangd.Server.Providers;
using Fangd.Server.Providers.Embeddings;
using Fangd.TestKit;
using Fangd.UnitTests.Llm;
using Fangd.UnitTests.Vault;

namespace Fangd.UnitTests.Providers;

public sealed class EmbedderTests : IDisposable
{
    private readonly TempFolder _home = new();
    private readonly ManualTime _time = new();
    private readonly LogLines<Embedder> _log = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Vectors_have_length_one_and_texts_go_in_bounded_batches()
    {
        var client = new Counting();
        var embedder = Embedder(client);
        var texts = Enumerable.Range(0, 130).Select(i => i == 3 ? "" : $"text {i}").ToList();
        var vectors = await embedder.Embed(texts, TestContext.Current.CancellationToken);
        Assert.Equal(130, vectors!.Count);
        Assert.Equal([64, 64, 2], client.Batches);
        Assert.All(vectors, vector => Assert.Equal(1, vector.Sum(x => x * x), 1e-5));
        Assert.Equal("acme/embed-1", embedder.Space);
    }

    [Fact]
    public async Task While_the_server_is_away_it_is_left_alone_for_growing_times_and_logged_once()
    {
        var client = new Counting { Failure = new LlmException(LlmFault.Unreachable, "acme cannot be reached") };
        var embedder = Embedder(client);
        var tried = new List<double>();
        var start = _time.GetUtcNow();
        for (var second = 0; second < 100; second++)
        {
            var before = client.Batches.Count;
            Assert.Null(await embedder.Embed(["x"], TestContext.Current.CancellationToken));
            if (client.Batches.Count > before)
                tried.Add((_time.GetUtcNow() - start).TotalSeconds);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal([0, 5, 15, 35, 75], tried);
        Assert.False(embedder.IsReady);
        client.Failure = null;
        _time.Advance(TimeSpan.FromSeconds(80));
        Assert.True(embedder.IsReady);
        Assert.NotNull(await embedder.Embed(["x"], TestContext.Current.CancellationToken));
        Assert.Equal(["No embeddings from acme/embed-1, it goes on without them: acme cannot be reached.", "Embeddings from acme/embed-1 are back."], _log.All);
    }

    [Fact]
    public async Task Without_configuration_there_is_none_and_nobody_is_asked()
    {
        var none = Clients(new Counting()).Open(new EmbeddingConfig(null, null, null), new DefaultModel(new("acme", "m")), Settings("http://x"), _time, _log);
        Assert.Null(await none.Embed(["x"], TestContext.Current.CancellationToken));
        Assert.False(none.IsReady);
    }

    [Fact]
    public async Task OpenAi_is_asked_at_the_configured_address_with_the_key_and_its_order_is_put_right()
    {
        await using var server = StandIn.Always(StandIn.Reply.Status(200, """{"data":[{"index":1,"embedding":[0,2]},{"index":0,"embedding":[3,4]}]}"""));
        var embedder = new EmbeddingClients(Calls.Http, TimeProvider.System).Open(
            new EmbeddingConfig("acme", "embed-1", "MY_KEY"), new DefaultModel(new("openai", "m")), Settings(server.Url), _time, _log);
        var vectors = await embedder.Embed(["a", "b"], TestContext.Current.CancellationToken);
        Assert.Equal([0.6f, 0.8f], vectors![0]);
        Assert.Equal([0f, 1f], vectors[1]);
        var request = Assert.Single(server.Requests);
        Assert.Equal("/v1/embeddings", request.Path);
        Assert.Contains("Authorization: Bearer s3cret", request.Head, StringComparison.Ordinal);
        JsonPattern.Matches("""{"model":"embed-1","input":["a","b"],"encoding_format":"float"}""", JsonDocument.Parse(request.Body).RootElement, "request");
    }

    [Fact]
    public async Task Gemini_and_Ollama_are_asked_in_their_own_ways()
    {
        await using var gemini = StandIn.Always(StandIn.Reply.Status(200, """{"embeddings":[{"values":[1,0]}]}"""));
        await new GeminiEmbeddings(Calls.Http, TimeProvider.System).Embed("text-embedding-004", ["a"], Calls.Target(gemini.Url, "k1"), TestContext.Current.CancellationToken);
        var request = Assert.Single(gemini.Requests);
        Assert.Equal("/v1beta/models/text-embedding-004:batchEmbedContents", request.Path);
        Assert.Contains("x-goog-api-key: k1", request.Head, StringComparison.Ordinal);
        JsonPattern.Matches(
            """{"requests":[{"model":"models/text-embedding-004","content":{"parts":[{"text":"a"}]}}]}""", JsonDocument.Parse(request.Body).RootElement, "request");

        await using var ollama = StandIn.Always(StandIn.Reply.Status(200, """{"embeddings":[[1,0],[0,1]]}"""));
        var vectors = await new OllamaEmbeddings(Calls.Http, TimeProvider.System).Embed("nomic", ["a", "b"], Calls.Target(ollama.Url + "/v1"), TestContext.Current.CancellationToken);
        Assert.Equal(2, vectors.Count);
        Assert.Equal("/api/embed", Assert.Single(ollama.Requests).Path);
    }

    [Theory]
    [InlineData(200, """{"data":[]}""", LlmFault.Garbage)]
    [InlineData(200, "<html>", LlmFault.Garbage)]
    [InlineData(200, """{"data":[{"embedding":["a"]}]}""", LlmFault.Garbage)]
    [InlineData(401, """{"error":{"message":"no"}}""", LlmFault.Auth)]
    [InlineData(500, "<html>", LlmFault.Overloaded)]
    public async Task What_is_no_list_of_vectors_is_an_error(int status, string body, LlmFault fault)
    {
        await using var server = StandIn.Always(StandIn.Reply.Status(status, body));
        var failure = await Assert.ThrowsAsync<LlmException>(() =>
            new OpenAiEmbeddings(Calls.Http, TimeProvider.System).Embed("m", ["a"], Calls.Target(server.Url), TestContext.Current.CancellationToken));
        Assert.Equal(fault, failure.Fault);
    }

    private static EmbeddingClients Clients(IEmbeddingClient client) => new(client, client, client);

    private Embedder Embedder(IEmbeddingClient client) => new(new ModelRef("acme", "embed-1"), Settings("http://acme"), Clients(client), _time, _log);

    private ProviderSettings Settings(string url) => new(
        VaultRig.Keys(_home.Root, name => name == "MY_KEY" ? "s3cret" : null), new Dictionary<string, string> { ["acme"] = url });

    private sealed class Counting : IEmbeddingClient
    {
        public LlmException? Failure { get; set; }

        public List<int> Batches { get; } = [];

        public Task<IReadOnlyList<float[]>> Embed(string model, IReadOnlyList<string> texts, LlmTarget target, CancellationToken run)
        {
            Batches.Add(texts.Count);
            if (Failure is not null)
                throw Failure;
            return Task.FromResult<IReadOnlyList<float[]>>([.. texts.Select(text => new float[] { text.Length + 1, 2, 3 })]);
        }
    }
}
