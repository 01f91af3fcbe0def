using System.Globalization;
using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.EndToEnd;

/// <summary>The command line as a newcomer uses it, from the first start to the last stop, with the exit codes that scripts read.</summary>
public sealed class CliJourneyTests : IAsyncLifetime
{
    private const int Ok = 0;
    private const int Failed = 1;
    private const int Usage = 2;
    private const int Unreachable = 3;
    private const int Refused = 4;
    private const int NotFound = 5;
    private const int Conflict = 6;

    private readonly TempFolder home = new();
    private readonly FakeModel model = FakeModel.Start();
    private readonly Dictionary<string, string> environment = new() { ["FANGD_LISTEN"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Ports.Free()}") };
    private FangdProcess? daemon;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (daemon is not null)
            await daemon.DisposeAsync();
        await model.DisposeAsync();
        home.Dispose();
    }

    [Fact(Timeout = 120_000)]
    public async Task From_init_to_stop()
    {
        await Expect(Unreachable, "", "fangd is not running", "status");
        await Expect(Failed, "", "fangd is not running", "health");
        await Expect(Ok, "config.toml is written", "", "init", "--provider", "openai", "--model", "scripted", "--base-url", model.BaseUrl);
        await Expect(Conflict, "", "is there already", "init");
        await Expect(Ok, "scripted\n", "", "config", "get", "default_model.model");
        await Expect(Ok, "requests_per_second = 0", "", "config", "set", "rate_limit.requests_per_second", "0");
        await Expect(Usage, "", "expected one of trace, debug", "config", "set", "log_level", "loud");
        await Expect(NotFound, "", "no setting \"nothing\"", "config", "get", "nothing");
        await Expect(Ok, "rate_limit.requests_per_second", "", "config", "show");
        Assert.Contains("#", home.Read("config.toml"), StringComparison.Ordinal);

        daemon = await FangdProcess.Start(new DaemonSetup { Home = home.Root }, Cancel);
        environment["FANGD_LISTEN"] = $"{daemon.Address.Host}:{daemon.Address.Port}";
        await Expect(Ok, "", "", "health");
        await Expect(Ok, "No agents yet", "", "agent", "list");
        await Expect(Ok, "hello-world is ready", "", "agent", "spawn", "hello-world");
        home.Write("mine.toml", "name = \"mine\"\n\n[capabilities]\ntools = [\"file_write\"]\n");
        await Expect(Ok, "mine is ready", "", "agent", "spawn", home["mine.toml"]);
        await Expect(Conflict, "", "mine", "agent", "spawn", home["mine.toml"]);
        home.Write("broken.toml", "name = \"broken\"\n[model\n");
        await Expect(Failed, "", "line 2, column 7", "agent", "spawn", home["broken.toml"]);
        await Expect(NotFound, "", "no-such-template", "agent", "spawn", "no-such-template");
        await Expect(Ok, "hello-world\nmine\n", "", "agent", "list", "--names");

        await Expect(Ok, "forty-two\n", "", "message", "mine", "<<say forty-two>>");
        await Expect(Ok, "in pieces\n", "", "message", "--stream", "mine", "<<say in |pieces>>");
        await Expect(NotFound, "", "no agent \"nobody\"", "message", "nobody", "hello");
        await Expect(Failed, "", "OpenAI", "message", "mine", "<<fail 400>>");
        var json = JsonDocument.Parse((await Run(null, "message", "--json", "mine", "<<say as json>>")).Output).RootElement;
        Assert.Equal("as json", json.GetProperty("response").GetString());

        var chat = await Run("<<say first>>\n/agents\n<<call file_write {\"path\":\"a.txt\",\"content\":\"hi\"}>>\n", "chat", "mine");
        Assert.Equal(Ok, chat.ExitCode);
        Assert.Matches("^first\n(.*\n)*  mine .*\n(.*\n)*result: Wrote 2 bytes to \"a.txt\".\n$", chat.Output);
        Assert.Equal("hi", home.Read("workspaces/mine/a.txt"));

        var status = JsonDocument.Parse((await Run(null, "status", "--json")).Output).RootElement;
        JsonPattern.Matches("""{"status": "running", "agent_count": 2, "default_model": "scripted", "*": "*"}""", status);
        var doctor = await Run(null, "doctor", "--json");
        Assert.True(doctor.ExitCode == Ok, doctor.ToString());
        await Expect(Ok, "mine", "", "agent", "kill", "mine");
        await Expect(Usage, "", "unknown command \"wat\"", "wat");

        await Expect(Ok, "fangd has stopped", "", "stop");
        Assert.Equal(Ok, await daemon.WaitForExit(Cancel));
        await Expect(Unreachable, "", "fangd is not running", "stop");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_wrong_key_is_its_own_exit_code()
    {
        daemon = await FangdProcess.Start(new DaemonSetup { Home = home.Root, ApiKey = "right" }, Cancel);
        environment["FANGD_LISTEN"] = $"{daemon.Address.Host}:{daemon.Address.Port}";

        environment["FANGD_API_KEY"] = "wrong";
        await Expect(Refused, "", "key", "agent", "list");
        environment["FANGD_API_KEY"] = "right";
        await Expect(Ok, "No agents yet", "", "agent", "list");
    }

    [Fact(Timeout = 60_000)]
    public async Task Doctor_says_what_is_wrong_and_how_to_mend_it()
    {
        home.Write("config.toml", "log_level = \"loud\"\n");

        var doctor = await Run(null, "doctor");

        Assert.Equal(Failed, doctor.ExitCode);
        Assert.Contains("FAIL  config", doctor.Output, StringComparison.Ordinal);
        Assert.Contains("line 1, column 13", doctor.Output, StringComparison.Ordinal);
        Assert.Contains("mend:", doctor.Output, StringComparison.Ordinal);
    }

    private async Task Expect(int code, string output, string errors, params string[] arguments)
    {
        var finished = await Run(null, arguments);
        Assert.True(
            finished.ExitCode == code && finished.Output.Contains(output, StringComparison.Ordinal) && finished.Errors.Contains(errors, StringComparison.Ordinal),
            $"fangd {string.Join(' ', arguments)}: expected {code}, '{output}', '{errors}', came to {finished}");
        Assert.True(code != Ok || finished.Errors.Length == 0 || errors.Length > 0, $"fangd {string.Join(' ', arguments)} complains: {finished.Errors}");
    }

    private Task<FinishedCommand> Run(string? input, params string[] arguments) => FangdBinary.Run(home.Root, arguments, Cancel, input, environment);
}
