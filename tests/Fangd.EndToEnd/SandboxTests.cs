using System.Globalization;
using Fangd.TestKit;

namespace Fangd.EndToEnd;

/// <summary>The published binary runs commands of a hostile agent that may run everything, and its walls hold.</summary>
public sealed class SandboxTests : IAsyncLifetime
{
    private readonly FakeModel model = FakeModel.Start();
    private FangdProcess process = null!;
    private ApiClient api = null!;
    private string agent = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var config = DaemonWithModel.Config(model) + "\n[exec_policy]\nmode = \"full\"\n";
        process = await FangdProcess.Start(
            new DaemonSetup { Config = config, ApiKey = "s3cret-api-key", Environment = new Dictionary<string, string> { ["SOME_TOKEN"] = "s3cret-token" } }, Cancel);
        api = new ApiClient(process);
        var manifest = "name = \"hostile\"\n[capabilities]\ntools = [\"shell_exec\", \"process_*\"]\nshell = [\"*\"]";
        agent = (await api.Do("POST /api/agents", Cancel, $$"""{"manifest_toml": {{FakeJson.Quote(manifest)}}}""")).GetProperty("agent_id").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        api.Dispose();
        await process.DisposeAsync();
        await model.DisposeAsync();
    }

    [Fact]
    public async Task Ordinary_work_goes_on_behind_them()
    {
        Assert.Equal("result: 2", await Exec("mkdir -p src && printf 'a\\nb\\n' > src/x.txt && cat src/*.txt | sort -r | wc -l"));
        Assert.Equal("result: hi", await Exec("bash -lc 'echo hi'"));
        Assert.Equal($"result: {process.Home}/workspaces/hostile", await Exec("pwd"));
    }

    [Theory]
    [InlineData("cat {home}/config.toml")]
    [InlineData("ls {home}")]
    [InlineData("ls {home}/data")]
    [InlineData("cp {home}/data/fangd.db .")]
    [InlineData("ln -s {home}/config.toml c && cat c")]
    [InlineData("cat /proc/{pid}/environ")]
    [InlineData("head -c 100 /proc/{pid}/mem")]
    [InlineData("cat /proc/{pid}/root{home}/config.toml")]
    [InlineData("touch {home}/new")]
    [InlineData("touch /tmp/fangd-e2e-new")]
    [InlineData("kill -9 {pid}")]
    [InlineData("kill -STOP {pid}")]
    [InlineData("{fangd} stop")]
    [InlineData("{fangd} --exec-child parent={pid} dir=/ -- /bin/sh")]
    [InlineData("cp {fangd} mine && ./mine version")]
    [InlineData("bash -c 'cat < /dev/tcp/127.0.0.1/{port}'")]
    [InlineData("unshare -Ur id")]
    [InlineData("sudo id")]
    public async Task Nothing_of_the_daemon_is_reached(string command)
    {
        var answer = await Exec(command
            .Replace("{home}", process.Home, StringComparison.Ordinal)
            .Replace("{pid}", process.Id.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{port}", process.Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{fangd}", Path.GetFullPath(FangdBinary.Path!), StringComparison.Ordinal));

        Assert.Contains("(The tool did not succeed", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", answer, StringComparison.Ordinal);
        Assert.False(File.Exists("/tmp/fangd-e2e-new"));
        Assert.True(process.IsRunning);
        await api.Do("GET /api/health", Cancel);
    }

    [Fact]
    public async Task The_environment_of_commands_is_cleared() => Assert.DoesNotContain("s3cret", await Exec("env"), StringComparison.Ordinal);

    [Fact(Timeout = 60_000)]
    public async Task Children_and_their_children_die_with_a_daemon_that_is_killed()
    {
        await Call("process_start", """{"command": "sleep 1000.015625"}""");
        await Call("process_start", """{"command": "sleep 1000.015625 | sleep 1000.015625 && true"}""");
        while (Sleepers().Count < 3)
            await Task.Yield();

        await process.Kill(Cancel);

        while (Sleepers().Count > 0)
            await Task.Yield();
    }

    private static List<int> Sleepers()
    {
        List<int> found = [];
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                    && File.ReadAllText(folder + "/cmdline").Contains("\0" + "1000.015625\0", StringComparison.Ordinal)
                    && !File.ReadAllText(folder + "/stat").Contains(") Z ", StringComparison.Ordinal))
                    found.Add(id);
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // It ended while it was looked at.
            }
        }
        return found;
    }

    private Task<string> Exec(string command) => Call("shell_exec", $$"""{"command": {{FakeJson.Quote(command)}}}""");

    private async Task<string> Call(string tool, string arguments)
    {
        var message = $"<<call {tool} {arguments}>>";
        var answer = await api.Do($"POST /api/agents/{agent}/message", Cancel, $$"""{"message": {{FakeJson.Quote(message)}}}""");
        return answer.GetProperty("response").GetString()!;
    }
}
