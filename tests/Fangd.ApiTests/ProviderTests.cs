using System.Net;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Keys and addresses of providers, changed while the daemon runs. Each test has a daemon of its own.</summary>
public sealed class ProviderTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_takes_effect_at_once_and_lies_in_a_file_for_its_owner_alone()
    {
        await using var model = FakeModel.Start();
        model.RequiredKey = "sk-right";
        await using var daemon = await Daemons.Start(Daemons.With(model), Cancel);
        using var api = new ApiClient(daemon);
        var message = $"POST /api/agents/{await Agent(api)}/message";
        await api.Do("POST /api/providers/openai/key", Cancel, """{"api_key": "sk-wrong"}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await api.Send(message, Cancel, Requests.Message("a"))).Status);

        await new ApiCase("set", "POST /api/providers/openai/key", 200, """{"status": "configured", "provider": "openai"}""", """{"api_key": " sk-right "}""").Run(api, Cancel);

        Assert.Equal("echo: b", (await api.Do(message, Cancel, Requests.Message("b"))).Text("response"));
        var file = Path.Combine(daemon.Home, "vault.enc");
        Assert.DoesNotContain("sk-right", await File.ReadAllTextAsync(file, Cancel), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));

        await new ApiCase("remove", "DELETE /api/providers/openai/key", 200, """{"status": "removed", "provider": "openai"}""").Run(api, Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await api.Send(message, Cancel, Requests.Message("c"))).Status);
    }

    [Fact]
    public async Task A_key_of_the_environment_wins_and_who_sets_another_is_told()
    {
        await using var model = FakeModel.Start();
        model.RequiredKey = "sk-env";
        await using var daemon = await Daemons.Start(Daemons.With(model) with { Environment = new Dictionary<string, string> { ["OPENAI_API_KEY"] = "sk-env" } }, Cancel);
        using var api = new ApiClient(daemon);

        await new ApiCase("set", "POST /api/providers/openai/key", 200,
            """{"status": "configured", "provider": "openai", "warning": "OPENAI_API_KEY is set in the daemon's environment too, which wins"}""", """{"api_key": "sk-other"}""").Run(api, Cancel);

        Assert.Equal("echo: x", (await api.Do($"POST /api/agents/{await Agent(api)}/message", Cancel, Requests.Message("x"))).Text("response"));
    }

    [Fact]
    public async Task The_keys_of_secrets_env_move_into_the_vault_and_work()
    {
        await using var model = FakeModel.Start();
        model.RequiredKey = "sk-old";
        using var home = new TempFolder();
        var file = home.Write("secrets.env", "# kept\nOPENAI_API_KEY=\"sk-old\"\nOTHER=1\n");
        await using var daemon = await Daemons.Start(Daemons.With(model) with { Home = home.Root }, Cancel);
        using var api = new ApiClient(daemon);

        Assert.Equal("echo: x", (await api.Do($"POST /api/agents/{await Agent(api)}/message", Cancel, Requests.Message("x"))).Text("response"));

        Assert.False(File.Exists(file));
        await new ApiCase("names", "GET /api/vault", 200, """{"names": ["OPENAI_API_KEY", "OTHER"], "total": 2, "status": {"state": "open", "key_source": "key file"}}""").Run(api, Cancel);
    }

    [Fact]
    public async Task A_key_is_there_after_a_restart()
    {
        await using var model = FakeModel.Start();
        model.RequiredKey = "sk-kept";
        await using var daemon = await Daemons.Start(Daemons.With(model), Cancel);
        using (var api = new ApiClient(daemon))
            await api.Do("POST /api/providers/openai/key", Cancel, """{"key": "sk-kept"}""");

        await daemon.Stop(Cancel);
        await daemon.Restart(Cancel);

        using var again = new ApiClient(daemon);
        Assert.Equal("echo: x", (await again.Do($"POST /api/agents/{await Agent(again)}/message", Cancel, Requests.Message("x"))).Text("response"));
    }

    [Fact]
    public async Task An_address_takes_effect_at_once_and_the_comments_of_the_file_stay()
    {
        await using var model = FakeModel.Start();
        await using var other = FakeModel.Start();
        await using var daemon = await Daemons.Start(Daemons.With(model, "# my own words"), Cancel);
        var message = "";
        using (var api = new ApiClient(daemon))
        {
            message = $"POST /api/agents/{await Agent(api)}/message";
            await api.Do(message, Cancel, Requests.Message("to the first"));

            await new ApiCase("set", "PUT /api/providers/openai/url", 200, $$"""{"status": "ok", "provider": "openai", "base_url": "{{other.BaseUrl}}"}""", $$"""{"base_url": "{{other.BaseUrl}}"}""").Run(api, Cancel);
            await api.Do(message, Cancel, Requests.Message("to the second"));
        }

        Assert.Equal(["to the first"], model.Calls.Select(call => call.LastUserText));
        Assert.Equal(["to the second"], other.Calls.Select(call => call.LastUserText));
        var config = await File.ReadAllTextAsync(Path.Combine(daemon.Home, "config.toml"), Cancel);
        Assert.StartsWith("# my own words", config, StringComparison.Ordinal);
        Assert.Contains(other.BaseUrl, config, StringComparison.Ordinal);
        await daemon.Stop(Cancel);
        await daemon.Restart(Cancel);
        using var again = new ApiClient(daemon);
        await again.Do(message, Cancel, Requests.Message("after the restart"));
        Assert.Equal("after the restart", other.Calls[^1].LastUserText);
    }

    [Fact]
    public async Task What_is_wrong_with_a_key_or_an_address_is_told()
    {
        await using var model = FakeModel.Start();
        await using var daemon = await Daemons.Start(Daemons.With(model), Cancel);
        using var api = new ApiClient(daemon);
        var before = await File.ReadAllTextAsync(Path.Combine(daemon.Home, "config.toml"), Cancel);

        foreach (var (body, error) in new[]
        {
            ("{}", "base_url is missing or empty"),
            ("""{"base_url": "ftp://x"}""", "base_url must be an http or https URL"),
            ("""{"base_url": "x"}""", "base_url must be an http or https URL"),
            ("""{"base_url": "http://me:secret@x/v1"}""", "base_url must not contain a user name or password; set a key instead"),
        })
            await new ApiCase("url", "PUT /api/providers/openai/url", 400, $$"""{"error": "{{error}}"}""", body).Run(api, Cancel);
        foreach (var (body, error) in new[]
        {
            ("{}", "api_key is missing or empty"),
            ("""{"api_key": "  "}""", "api_key is missing or empty"),
            ("""{"api_key": "a\nEVIL=1"}""", "api_key must be one line of at most 4096 characters"),
        })
            await new ApiCase("key", "POST /api/providers/openai/key", 400, $$"""{"error": "{{error}}"}""", body).Run(api, Cancel);

        Assert.Equal(before, await File.ReadAllTextAsync(Path.Combine(daemon.Home, "config.toml"), Cancel));
        Assert.False(File.Exists(Path.Combine(daemon.Home, "vault.enc")));
    }

    private static async Task<string> Agent(ApiClient api) => (await api.Do("POST /api/agents", Cancel, Requests.Manifest("name = \"a\""))).Text("agent_id");
}
