using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>The key-value pairs of an agent.</summary>
public sealed class MemoryTests(SharedDaemon shared) : IClassFixture<SharedDaemon>
{
    private readonly ApiClient api = shared.Api;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("plain")]
    [InlineData("with/slash")]
    [InlineData("100% of it")]
    [InlineData("%2F already encoded")]
    [InlineData("Schlüssel 日本語 🦊")]
    [InlineData("a?b#c&d=e+f")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("kv")]
    public async Task Any_key_is_stored_read_listed_and_deleted(string key)
    {
        var agent = await shared.Spawn();
        // Dots alone would be taken for folders by every client on the way.
        var path = $"/api/memory/agents/{agent}/kv/{(key.All(c => c == '.') ? key.Replace(".", "%252E", StringComparison.Ordinal) : Uri.EscapeDataString(key))}";
        var stored = key.All(c => c == '.') ? key.Replace(".", "%2E", StringComparison.Ordinal) : key;

        await new ApiCase("put", $"PUT {path}", 200, $$"""{"status": "stored", "key": {{FakeJson.Quote(stored)}}}""", """{"value": {"n": [1, null, "ä"]}}""").Run(api, Cancel);
        await new ApiCase("get", $"GET {path}", 200, $$$"""{"key": {{{FakeJson.Quote(stored)}}}, "value": {"n": [1, null, "ä"]}}""").Run(api, Cancel);
        await new ApiCase("list", $"GET /api/memory/agents/{agent}/kv", 200, $$$"""{"kv_pairs": [{"key": {{{FakeJson.Quote(stored)}}}, "value": {"n": [1, null, "ä"]}}]}""").Run(api, Cancel);
        await new ApiCase("delete", $"DELETE {path}", 200, $$"""{"status": "deleted", "key": {{FakeJson.Quote(stored)}}}""").Run(api, Cancel);

        await new ApiCase("gone", $"GET {path}", 404).Run(api, Cancel);
        await new ApiCase("gone", $"DELETE {path}", 404).Run(api, Cancel);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("false")]
    [InlineData("0")]
    [InlineData("1e400")]
    [InlineData("123456789012345678901234567890")]
    [InlineData("\"text with \\u0000 and \\ud83e\\udd8a\"")]
    [InlineData("[]")]
    public async Task A_value_comes_back_as_it_was_sent(string value)
    {
        var agent = await shared.Spawn();

        await api.Do($"PUT /api/memory/agents/{agent}/kv/k", Cancel, $$"""{"value": {{value}}}""");

        Assert.Equal(value, (await api.Do($"GET /api/memory/agents/{agent}/kv/k", Cancel)).GetProperty("value").GetRawText());
    }

    [Fact]
    public async Task A_second_value_replaces_the_first()
    {
        var agent = await shared.Spawn();

        await api.Do($"PUT /api/memory/agents/{agent}/kv/k", Cancel, """{"value": 1}""");
        await api.Do($"PUT /api/memory/agents/{agent}/kv/k", Cancel, """{"value": 2}""");

        await new ApiCase("list", $"GET /api/memory/agents/{agent}/kv", 200, """{"kv_pairs": [{"key": "k", "value": 2}]}""").Run(api, Cancel);
    }

    [Fact]
    public async Task A_value_that_is_absent_is_not_null()
    {
        await new ApiCase("put", $"PUT /api/memory/agents/{await shared.Spawn()}/kv/k", 400, """{"error": "value is missing"}""", "{}").Run(api, Cancel);
    }

    [Fact]
    public async Task A_key_has_512_characters_at_most_and_no_control_characters()
    {
        var agent = await shared.Spawn();

        await new ApiCase("512", $"PUT /api/memory/agents/{agent}/kv/{new string('k', 512)}", 200, null, """{"value": 1}""").Run(api, Cancel);
        await new ApiCase("513", $"PUT /api/memory/agents/{agent}/kv/{new string('k', 513)}", 400, """{"error": "key must be *"}""", """{"value": 1}""").Run(api, Cancel);
        await new ApiCase("control", $"PUT /api/memory/agents/{agent}/kv/a%07b", 400, """{"error": "key must be *"}""", """{"value": 1}""").Run(api, Cancel);
    }

    [Fact]
    public async Task Pairs_come_in_the_order_of_their_keys_and_in_pages()
    {
        var agent = await shared.Spawn();
        foreach (var key in new[] { "c", "a", "b" })
            await api.Do($"PUT /api/memory/agents/{agent}/kv/{key}", Cancel, $$"""{"value": "{{key}}"}""");

        await new ApiCase("page", $"GET /api/memory/agents/{agent}/kv?after=a&limit=1", 200, """{"kv_pairs": [{"key": "b", "value": "b"}]}""").Run(api, Cancel);
        Assert.Equal(["a", "b", "c"], (await api.Do($"GET /api/memory/agents/{agent}/kv", Cancel)).GetProperty("kv_pairs").EnumerateArray().Select(pair => pair.Text("key")));
    }

    [Fact]
    public async Task The_tools_of_the_agent_see_the_same_pairs()
    {
        var agent = await shared.Spawn("[capabilities]\ntools = [\"memory_store\", \"memory_recall\"]\nmemory_read = [\"*\"]\nmemory_write = [\"*\"]");
        await api.Do($"PUT /api/memory/agents/{agent}/kv/from-api", Cancel, """{"value": "api value"}""");

        var recalled = await shared.Say(agent, """<<call memory_recall {"key": "from-api"}>>""");
        await shared.Say(agent, """<<call memory_store {"key": "from-tool", "value": {"a": 1}}>>""");

        Assert.Contains("api value", recalled.Text("response"), StringComparison.Ordinal);
        await new ApiCase("get", $"GET /api/memory/agents/{agent}/kv/from-tool", 200, """{"key": "from-tool", "value": {"a": 1}}""").Run(api, Cancel);
    }

    [Fact]
    public async Task A_hundred_writers_lose_nothing()
    {
        var agent = await shared.Spawn();

        await Task.WhenAll(Enumerable.Range(0, 100).Select(index => api.Do($"PUT /api/memory/agents/{agent}/kv/{index}", Cancel, $$"""{"value": {{index}}}""")));

        var pairs = (await api.Do($"GET /api/memory/agents/{agent}/kv", Cancel)).GetProperty("kv_pairs").EnumerateArray();
        Assert.All(pairs, pair => Assert.Equal(pair.Text("key"), pair.GetProperty("value").GetRawText()));
        Assert.Equal(100, pairs.Count());
    }
}
