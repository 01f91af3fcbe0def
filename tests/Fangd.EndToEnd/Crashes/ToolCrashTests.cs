using System.Globalization;
using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.EndToEnd.Crashes;

/// <summary>A daemon that is killed while a command runs or a memory is stored: nobody runs it again, and nobody it started stays.</summary>
public sealed class ToolCrashTests(ITestOutputHelper output)
{
    private const string Unasked = "[approval]\nrequire_approval = []\n";
    private const int Kills = 15;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_command_that_ran_when_the_daemon_was_killed_ends_with_it_and_is_not_run_again()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel, Unasked);
        var agent = await Spawn(daemon);
        var log = Path.Combine(daemon.Process.Home, "workspaces", "worker", "log.txt");
        var asked = Say(daemon, agent, """<<call shell_exec {"command": "echo ran | tee -a log.txt; sleep 1000.5625 | cat; echo late | tee -a log.txt"}>>""");
        await Until(() => asked.IsCompleted || (File.Exists(log) && Count("1000.5625") == 1));
        Assert.False(asked.IsCompleted, asked.IsCompleted ? (await asked).Text : "");

        await daemon.Process.Kill(Cancel);
        await Ignored(asked);
        await Until(() => Count("1000.5625") == 0);
        await daemon.Process.Restart(Cancel);

        Assert.Equal(1, (await daemon.Api.Do("GET /api/health/detail", Cancel)).GetProperty("interrupted_runs").GetInt32());
        await daemon.AssertHealthy(agent, Cancel);
        // Whoever comes next is told that nobody knows.
        var call = Assert.Single(Calls(await daemon.Session(agent, Cancel)));
        Assert.Contains("not known", call.GetProperty("result").GetString()!, StringComparison.Ordinal);
        Assert.Empty(HistoryFaults.Of(daemon.Model.Calls[^1]));
        Assert.Equal("ran\n", await File.ReadAllTextAsync(log, Cancel));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_process_that_went_on_in_the_background_ends_with_the_daemon()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel, Unasked);
        var agent = await Spawn(daemon);
        await Say(daemon, agent, """<<call process_start {"command": "sh -c 'sleep 1000.4375 | cat'"}>>""");
        await Until(() => Count("1000.4375") == 1);

        await daemon.Process.Kill(Cancel);
        await Until(() => Count("1000.4375") == 0);
        await daemon.Process.Restart(Cancel);

        Assert.StartsWith("result: You have no processes.", await daemon.Ask(agent, "<<call process_list {}>>", Cancel), StringComparison.Ordinal);
        Assert.Equal(0, Count("1000.4375"));
    }

    [Fact(Timeout = 120_000)]
    public async Task Killed_at_any_moment_around_a_memory_nothing_that_was_said_to_be_stored_is_lost()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var chance = new Random(seed);
        await using var daemon = await DaemonWithModel.Start(Cancel, Unasked);
        daemon.Model.Rule = Answer;
        var agent = await Spawn(daemon);
        for (var round = 0; round < Kills; round++)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"store {round}.");
            var asked = Ignored(Say(daemon, agent, text));
            await daemon.Model.CallWith(text, Cancel);
            SpinWait.SpinUntil(() => false, TimeSpan.FromMicroseconds(chance.Next(6_000)));
            await daemon.Process.Kill(Cancel);
            await asked;
            await daemon.Process.Restart(Cancel);
            await daemon.AssertHealthy(agent, Cancel);
            Assert.Empty(HistoryFaults.Of(daemon.Model.Calls[^1]));
        }

        var (said, open) = (0, 0);
        var calls = Calls(await daemon.Session(agent, Cancel)).ToList();
        Assert.Equal(calls.Count, calls.Select(Key).Distinct().Count());
        foreach (var call in calls)
        {
            var stored = await daemon.Api.Send($"GET /api/memory/agents/{agent}/kv/{Key(call)}", Cancel);
            Assert.True(call.TryGetProperty("result", out var told), $"seed {seed}: no result of {call}, stored: {stored.Text}");
            var result = told.GetString()!;
            if (result.StartsWith("Stored ", StringComparison.Ordinal))
            {
                said++;
                JsonPattern.Matches($$"""{"value": "v{{Key(call)[1..]}}", "*": "*"}""", stored.Json);
            }
            else
            {
                open++;
                Assert.Contains("not known", result, StringComparison.Ordinal);
            }
        }

        output.WriteLine($"{said} were said to be stored, of {open} nobody could say");
    }

    private static ModelReply? Answer(ModelCall call)
    {
        var words = call.LastUserText.TrimEnd('.').Split(' ');
        if (words is not ["store", var round])
            return null;
        return call.ToolResults.Count > 0
            ? ModelReply.Say("stored")
            : ModelReply.Call(($"call-{round}", "memory_store", $$"""{"key": "k{{round}}", "value": "v{{round}}"}"""));
    }

    private static string Key(JsonElement call) => call.GetProperty("input").GetProperty("key").GetString()!;

    private static IEnumerable<JsonElement> Calls(JsonElement session) => session.GetProperty("messages").EnumerateArray()
        .SelectMany(message => message.TryGetProperty("tools", out var tools) ? tools.EnumerateArray() : Enumerable.Empty<JsonElement>());

    private static async Task<string> Spawn(DaemonWithModel daemon)
    {
        const string manifest = """
            name = "worker"
            exec_policy = "full"
            [capabilities]
            tools = ["shell_exec", "process_*", "memory_*"]
            shell = ["*"]
            """;
        return (await daemon.Api.Do("POST /api/agents", Cancel, $$"""{"manifest_toml": {{DaemonWithModel.Json(manifest)}}}""")).GetProperty("agent_id").GetString()!;
    }

    private static Task<ApiResponse> Say(DaemonWithModel daemon, string agent, string text) =>
        daemon.Api.Send($"POST /api/agents/{agent}/message", Cancel, DaemonWithModel.Message(text));

    private static async Task Until(Func<bool> isThere)
    {
        while (!isThere())
            await Task.Delay(TimeSpan.FromMilliseconds(5), Cancel);
    }

    /// <summary>How many processes of the machine sleep for that long.</summary>
    private static int Count(string seconds) => Directory.EnumerateDirectories("/proc").Count(folder =>
    {
        try
        {
            return File.ReadAllText(folder + "/cmdline").Split('\0') is [_, var first, ..] && first == seconds;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });

    /// <summary>A request whose daemon is killed under it.</summary>
    private static async Task Ignored(Task<ApiResponse> request)
    {
        try
        {
            await request;
        }
        catch (Exception cut) when (cut is HttpRequestException or IOException)
        {
            // That is what was wanted.
        }
    }
}
