using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>What a daemon finds when it starts again, and what it takes over from agent.toml.</summary>
public sealed class RestartTests : DaemonTest
{
    [Fact]
    public async Task Agents_sessions_keys_and_modes_are_there_again()
    {
        var first = await Spawn("name = \"first\"\n[model]\nsystem_prompt = \"Be first.\"");
        await Spawn("name = \"second\"");
        await Api.Do($"PUT /api/agents/{first}/mode", Cancel, """{"mode": "observe"}""");
        await Api.Do($"PUT /api/memory/agents/{first}/kv/a%2Fb", Cancel, """{"value": [1]}""");
        await Api.Do($"POST /api/agents/{first}/message", Cancel, Requests.Message("before the restart"));
        var labelled = (await Api.Do($"POST /api/agents/{first}/sessions", Cancel, """{"label": "kept"}""")).Text("session_id");
        var before = new List<string>();
        string[] asked = ["GET /api/agents", $"GET /api/agents/{first}", $"GET /api/agents/{first}/session", $"GET /api/agents/{first}/sessions", $"GET /api/memory/agents/{first}/kv", "GET /v1/models"];
        foreach (var request in asked)
            before.Add((await Api.Send(request, Cancel)).Text);

        await Restart();

        for (var index = 0; index < asked.Length; index++)
            Assert.Equal(before[index], (await Api.Send(asked[index], Cancel)).Text);
        Assert.Equal(labelled, (await Api.Do($"POST /api/agents/{first}/message", Cancel, Requests.Message("after it"))).Text("session_id"));
    }

    [Fact]
    public async Task A_conversation_goes_on()
    {
        var agent = await Spawn("name = \"a\"");
        await Api.Do($"POST /api/agents/{agent}/message", Cancel, Requests.Message("the first half"));

        await Restart();
        await Api.Do($"POST /api/agents/{agent}/message", Cancel, Requests.Message("the second half"));

        Assert.Contains("user: the first half", (await Model.CallWith("the second half", Cancel)).Transcript);
    }

    [Fact]
    public async Task A_file_that_changed_wins()
    {
        var agent = await Spawn("name = \"a\"\ndescription = \"old\"");
        await Daemon.Stop(Cancel);
        await File.WriteAllTextAsync(FileOf("a"), "name = \"a\"\ndescription = \"new and longer\"\n[model]\nsystem_prompt = \"From the file.\"\n", Cancel);

        await ComeBack();

        await new ApiCase("detail", $"GET /api/agents/{agent}", 200, """{"name": "a", "description": "new and longer", "*": "*"}""").Run(Api, Cancel);
        await Api.Do($"POST /api/agents/{agent}/message", Cancel, Requests.Message("who are you"));
        Assert.Contains("From the file.", (await Model.CallWith("who are you", Cancel)).Transcript[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_somebody_put_there_is_an_agent()
    {
        await Daemon.Stop(Cancel);
        Directory.CreateDirectory(Path.GetDirectoryName(FileOf("found"))!);
        await File.WriteAllTextAsync(FileOf("found"), "name = \"found\"\ndescription = \"put there\"", Cancel);

        await ComeBack();

        var agent = Assert.Single((await Api.Do("GET /api/agents", Cancel)).EnumerateArray());
        Assert.Equal(("found", "put there"), (agent.Text("name"), agent.Text("description")));
        await Restart();
        Assert.Equal(agent.Text("id"), Assert.Single((await Api.Do("GET /api/agents", Cancel)).EnumerateArray()).Text("id"));
    }

    [Fact]
    public async Task A_broken_file_changes_nothing()
    {
        var agent = await Spawn("name = \"a\"\ndescription = \"good\"");
        await Daemon.Stop(Cancel);
        await File.WriteAllTextAsync(FileOf("a"), "name = \"a\"\ndescription = ", Cancel);
        Directory.CreateDirectory(Path.GetDirectoryName(FileOf("broken"))!);
        await File.WriteAllTextAsync(FileOf("broken"), "this is no toml", Cancel);

        await ComeBack();

        Assert.Equal("good", (await Api.Do($"GET /api/agents/{agent}", Cancel)).Text("description"));
        Assert.Single((await Api.Do("GET /api/agents", Cancel)).EnumerateArray());
        Assert.Equal("name = \"a\"\ndescription = ", await File.ReadAllTextAsync(FileOf("a"), Cancel));
        await using var log = await Api.Stream("GET /api/logs/stream?level=warn", Cancel);
        var refused = new List<string> { (await log.Next(Cancel))!.Data, (await log.Next(Cancel))!.Data };
        Assert.All(refused, line => Assert.Contains("was not taken over", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_killed_agent_stays_dead()
    {
        var agent = await Spawn("name = \"a\"");
        await Api.Do($"DELETE /api/agents/{agent}", Cancel);

        await Restart();

        Assert.Empty((await Api.Do("GET /api/agents", Cancel)).EnumerateArray());
    }

    [Fact]
    public async Task A_second_daemon_on_the_same_home_is_refused()
    {
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var second = await Daemons.Start(new DaemonSetup { Home = Daemon.Home, ApiKey = Daemons.Key }, Cancel);
        });

        Assert.Equal("ok", (await Api.Do("GET /api/health", Cancel)).Text("status"));
    }

    private string FileOf(string name) => Path.Combine(Daemon.Home, "agents", name, "agent.toml");

    private async Task<string> Spawn(string manifest) => (await Api.Do("POST /api/agents", Cancel, Requests.Manifest(manifest))).Text("agent_id");

    private async Task Restart()
    {
        await Daemon.Stop(Cancel);
        await ComeBack();
    }
}
