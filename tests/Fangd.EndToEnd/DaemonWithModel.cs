using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.EndToEnd;

/// <summary>The published binary and the scripted model that its agents ask. Nothing is limited in rate, so that tests measure what they mean to.</summary>
internal sealed class DaemonWithModel : IAsyncDisposable
{
    private DaemonWithModel(FangdProcess process, FakeModel model)
    {
        Process = process;
        Model = model;
        Api = new ApiClient(process);
    }

    public FangdProcess Process { get; }

    public FakeModel Model { get; }

    public ApiClient Api { get; }

    /// <param name="root">Lines at the top of config.toml.</param>
    public static async Task<DaemonWithModel> Start(CancellationToken cancel, string root = "", string? apiKey = null)
    {
        var model = FakeModel.Start();
        try
        {
            return new DaemonWithModel(await FangdProcess.Start(new DaemonSetup { Config = Config(model, root), ApiKey = apiKey }, cancel), model);
        }
        catch
        {
            await model.DisposeAsync();
            throw;
        }
    }

    public static string Config(FakeModel model, string root = "") => $"""
        api_listen = "127.0.0.1:{"{port}"}"
        {root}

        [rate_limit]
        requests_per_second = 0

        [default_model]
        provider = "openai"
        model = "scripted"
        base_url = "{model.BaseUrl}"

        """;

    /// <summary>An agent that may use its files; returns its id.</summary>
    public async Task<string> Spawn(string name, CancellationToken cancel)
    {
        var manifest = $"""
            name = "{name}"

            [model]
            provider = "default"
            model = "default"
            system_prompt = "You do what the message says."

            [capabilities]
            tools = ["file_read", "file_write", "file_list"]
            """;
        var spawned = await Api.Do("POST /api/agents", cancel, $$"""{"manifest_toml": {{Json(manifest)}}}""");
        return spawned.GetProperty("agent_id").GetString()!;
    }

    public static string Message(string text) => $$"""{"message": {{Json(text)}}}""";

    public static string Json(string text) => $"\"{JsonEncodedText.Encode(text)}\"";

    /// <summary>The answer to a message, which has to be 200.</summary>
    public async Task<string> Ask(string agent, string text, CancellationToken cancel)
    {
        var answer = await Api.Do($"POST /api/agents/{agent}/message", cancel, Message(text));
        return answer.GetProperty("response").GetString()!;
    }

    public Task<JsonElement> Session(string agent, CancellationToken cancel) => Api.Do($"GET /api/agents/{agent}/session", cancel);

    /// <summary>Asks again until the answer is as wanted; the test's own time limit ends it.</summary>
    public async Task<JsonElement> Until(string request, Func<JsonElement, bool> wanted, CancellationToken cancel)
    {
        while (true)
        {
            var answer = await Api.Do(request, cancel);
            if (wanted(answer))
                return answer;
            await Task.Delay(TimeSpan.FromMilliseconds(10), cancel);
        }
    }

    /// <summary>No bug was counted, the store answers, no run is left over, and an agent answers.</summary>
    public async Task AssertHealthy(string agent, CancellationToken cancel)
    {
        Assert.Equal("echo: are you well", await Ask(agent, "are you well", cancel));
        var detail = await Until("GET /api/health/detail", health => health.GetProperty("active_runs").GetInt32() == 0, cancel);
        JsonPattern.Matches("""{"status": "ok", "panic_count": 0, "database": "connected", "*": "*"}""", detail);
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await Process.DisposeAsync();
        await Model.DisposeAsync();
    }
}
