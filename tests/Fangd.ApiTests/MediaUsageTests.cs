using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Pictures, speech and paid searches cost something: they are taken down and stopped by budgets as words are.</summary>
public sealed class MediaUsageTests : DaemonTest
{
    private readonly WebStandIn media = new(request => request.Path switch
    {
        "/v1/images/generations" => WebAnswer.Json("""{"data": [{"b64_json": "iVBORw=="}], "usage": {"input_tokens": 10, "output_tokens": 1000000}}"""),
        "/v1/audio/speech" => new WebAnswer(200, "audio/mpeg", [0xFF, 0xFB, 7]),
        "/v1/audio/transcriptions" => WebAnswer.Json("""{"text": "hello there, this is said", "usage": {"type": "duration", "seconds": 2}}"""),
        _ => WebAnswer.Json("""{"web": {"results": [{"title": "t", "url": "https://x.example/", "description": "d"}]}}"""),
    });

    protected override DaemonSetup Setup =>
        Daemons.With(
            Model,
            sections: $"""
                [media]
                image_provider = "vllm"
                image_model = "paints"
                transcription_provider = "vllm"
                transcription_model = "hears"
                [tts]
                provider = "vllm"
                model = "speaks"
                [web.brave]
                base_url = "{media.Url}"
                """).WithProviderUrl("vllm", $"{media.Url}/v1") with
        { Environment = new Dictionary<string, string> { ["BRAVE_API_KEY"] = "key" } };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Api.Do("POST /api/models/custom", Cancel, """{"id": "paints", "provider": "vllm", "input_cost_per_1m": 1, "output_cost_per_1m": 40}""");
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await media.DisposeAsync();
    }

    [Fact]
    public async Task A_picture_costs_what_the_server_counts()
    {
        var agent = await Spawn("");
        Assert.Contains("Saved 1 pictures", await Say(agent, "<<call image_generate {\"prompt\": \"a fox\"}>>"));
        JsonPattern.Matches("""{"model": "paints", "provider": "vllm", "input_tokens": 10, "output_tokens": 1000000, "cost_usd": 40.00001, "request_count": 1, "*": "*"}""", await Used("paints"));
    }

    [Fact]
    public async Task A_budget_that_runs_out_within_a_run_is_told_to_the_model()
    {
        var agent = await Spawn("max_cost_per_hour_usd = 30");

        var answer = await Api.Send($"POST /api/agents/{agent}/message", Cancel, Requests.Message("<<call image_generate {\"prompt\": \"a fox\"}>> <<call image_generate {\"prompt\": \"more\"}>>"));

        // The run's next question is refused too; what the second call came to stands in the session.
        Assert.Equal(429, (int)answer.Status);
        Assert.Single(media.Requests);
        Assert.Contains("is used up", (await Api.Do($"GET /api/agents/{agent}/session", Cancel)).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Speech_recordings_and_paid_searches_are_counted()
    {
        var agent = await Spawn("");
        var spoken = await Say(agent, "<<call text_to_speech {\"text\": \"twenty characters ok\"}>>");
        var path = spoken[(spoken.IndexOf("\\\"", StringComparison.Ordinal) is var at and >= 0 ? at + 2 : spoken.IndexOf('"') + 1)..].Split('"', '\\')[0];
        Assert.Contains("this is said", await Say(agent, $$"""<<call media_transcribe {"path": "{{path}}"}>>"""));
        Assert.Contains("Results of Brave", await Say(agent, "<<call web_search {\"query\": \"it\"}>>"));

        Assert.True((await Used("speaks")).Number("input_tokens") > 0);
        Assert.True((await Used("hears")).Number("output_tokens") > 0);
        JsonPattern.Matches("""{"model": "web_search", "provider": "brave", "request_count": 1, "cost_usd": 0, "pricing": "unknown", "*": "*"}""", await Used("web_search"));
    }

    private async Task<string> Spawn(string resources) => (await Api.Do("POST /api/agents", Cancel, Requests.Manifest(
        $"name = \"a\"\n[capabilities]\ntools = [\"image_generate\", \"text_to_speech\", \"media_transcribe\", \"web_search\"]\nnetwork = [\"*\"]\n[resources]\n{resources}"))).Text("agent_id");

    private async Task<string> Say(string agent, string message) =>
        (await Api.Do($"POST /api/agents/{agent}/message", Cancel, Requests.Message(message))).Text("response");

    private async Task<JsonElement> Used(string name) =>
        (await Api.Do("GET /api/usage/by-model", Cancel)).GetProperty("models").EnumerateArray().Single(row => row.Text("model") == name);
}
