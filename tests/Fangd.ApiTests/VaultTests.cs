using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Secrets by name: they go in, work, and never come out.</summary>
public sealed class VaultTests
{
    private const string Name = "GROQ_API_KEY";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_secret_is_kept_listed_by_name_and_forgotten()
    {
        await using var model = FakeModel.Start();
        await using var daemon = await Daemons.Start(Daemons.With(model), Cancel);
        using var api = new ApiClient(daemon);

        await new ApiCase("empty", "GET /api/vault", 200, """{"names": [], "total": 0, "status": {"state": "empty", "key_source": "key file"}}""").Run(api, Cancel);
        await new ApiCase("put", $"PUT /api/vault/{Name}", 200, $$"""{"status": "stored", "name": "{{Name}}"}""", """{"value": "gsk-secret"}""").Run(api, Cancel);
        await new ApiCase("names", "GET /api/vault", 200, $$$"""{"names": ["{{{Name}}}"], "total": 1, "status": {"state": "open", "key_source": "key file"}}""").Run(api, Cancel);
        Assert.Contains((await api.Do("GET /api/providers", Cancel)).GetProperty("providers").EnumerateArray(), p => p.Text("name") == "groq" && p.Text("auth_status") == "configured");
        await new ApiCase("delete", $"DELETE /api/vault/{Name}", 200, $$"""{"status": "deleted", "name": "{{Name}}"}""").Run(api, Cancel);
        await new ApiCase("gone", $"DELETE /api/vault/{Name}", 404, $$"""{"error": "the vault has no '{{Name}}'"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task What_is_wrong_is_told_without_the_value()
    {
        await using var model = FakeModel.Start();
        await using var daemon = await Daemons.Start(Daemons.With(model), Cancel);
        using var api = new ApiClient(daemon);
        const string names = "name must be 1 to 128 of A-Z, a-z, 0-9, '_', '-' and '.'";

        foreach (var (path, body, error) in new[]
        {
            ("a%20b", """{"value": "x"}""", names),
            ("fangd%3Atotp", """{"value": "x"}""", names),
            (new string('a', 129), """{"value": "x"}""", names),
            ("A", "{}", "value is missing or empty"),
            ("A", """{"value": ""}""", "value is missing or empty"),
            ("A", """{"value": ["gsk-secret"]}""", "value: the value has the wrong type"),
            ("A", $$"""{"value": "{{new string('s', 16385)}}"}""", "value must be at most 16384 characters without NUL"),
        })
            await new ApiCase(error, $"PUT /api/vault/{path}", 400, $$"""{"error": "{{error}}"}""", body).Run(api, Cancel);
        Assert.False(File.Exists(Path.Combine(daemon.Home, "vault.enc")));
    }

    [Fact]
    public async Task A_daemon_with_a_wrong_key_starts_says_so_and_leaves_the_file_alone()
    {
        await using var model = FakeModel.Start();
        using var home = new TempFolder();
        await using (var first = await Daemons.Start(Daemons.With(model) with { Home = home.Root, Environment = Key(1) }, Cancel))
        {
            using var before = new ApiClient(first);
            await before.Do($"PUT /api/vault/{Name}", Cancel, """{"value": "gsk-secret"}""");
        }

        var file = await File.ReadAllBytesAsync(home["vault.enc"], Cancel);
        await using var daemon = await Daemons.Start(Daemons.With(model) with { Home = home.Root, Environment = Key(2) }, Cancel);
        using var api = new ApiClient(daemon);

        const string locked = """{"state": "locked", "key_source": "environment FANGD_VAULT_KEY", "error": "the key does not fit, or the file was damaged"}""";
        await new ApiCase("health", "GET /api/health/detail", 200, $$"""{"vault": {{locked}}, "*": "*"}""").Run(api, Cancel);
        await new ApiCase("list", "GET /api/vault", 200, $$"""{"names": [], "total": 0, "status": {{locked}}}""").Run(api, Cancel);
        await new ApiCase("put", "PUT /api/vault/A", 503, """{"error": "A cannot be had: the vault is locked: the key does not fit, or the file was damaged"}""", """{"value": "x"}""").Run(api, Cancel);
        Assert.Equal(file, await File.ReadAllBytesAsync(home["vault.enc"], Cancel));
        await using var log = await api.Stream("GET /api/logs/stream?level=error", Cancel);
        Assert.Contains("is locked and left as it is", (await log.Next(Cancel))!.Data, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Key(byte fill) => new() { ["FANGD_VAULT_KEY"] = Convert.ToBase64String([.. Enumerable.Repeat(fill, 32)]) };
}
