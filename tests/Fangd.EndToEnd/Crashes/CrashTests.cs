using System.Globalization;
using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.EndToEnd.Crashes;

/// <summary>
/// A daemon that is killed again and again at random moments: while its model speaks, while a tool writes, and in between. Whatever it
/// had acknowledged is there after each start, and nothing that had an effect is done again.
/// </summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int Kills = 50;
    private const int Agents = 5;
    private const int WritesARound = 3;

    private readonly Dictionary<string, List<(string Role, string Text)>> acknowledged = [];
    private readonly Dictionary<string, (string Path, string Content)> asked = [];
    private readonly List<string> faults = [];
    private int written;
    private int undecided;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 180_000)]
    public async Task After_fifty_kills_at_random_moments_nothing_acknowledged_is_lost_and_no_write_happened_twice()
    {
        var seed = Environment.GetEnvironmentVariable("FANGD_CRASH_SEED") is { Length: > 0 } given
            ? int.Parse(given, CultureInfo.InvariantCulture)
            : Environment.TickCount;
        output.WriteLine($"FANGD_CRASH_SEED={seed}");
        var chance = new Random(seed);

        await using var daemon = await DaemonWithModel.Start(Cancel, "max_history_messages = 1000");
        daemon.Model.Rule = Answer;
        var agents = new string[Agents];
        var witnesses = new List<WriteWitness>();
        try
        {
            for (var index = 0; index < Agents; index++)
            {
                agents[index] = await daemon.Spawn($"agent-{index}", Cancel);
                acknowledged[agents[index]] = [];
                var workspace = Directory.CreateDirectory(Path.Combine(daemon.Process.Home, "workspaces", $"agent-{index}")).FullName;
                witnesses.Add(new WriteWitness(workspace));
            }

            for (var round = 0; round < Kills; round++)
            {
                var which = chance.Next(Agents);
                await KillDuring(daemon, agents[which], round, chance);
                await daemon.Process.Restart(Cancel);
                await ExpectWhatWasAcknowledged(daemon, agents[which], $"after kill {round}");
                await Continue(daemon, agents[which], $"goes on {round}");
            }

            for (var index = 0; index < Agents; index++)
            {
                await ExpectWhatWasAcknowledged(daemon, agents[index], "at the end");
                await ExpectEachWriteOnce(daemon, agents[index], index, witnesses[index]);
            }
            var health = await daemon.Api.Do("GET /api/health/detail", Cancel);
            Assert.Equal(Kills, health.GetProperty("restart_count").GetInt32());
            output.WriteLine($"{written} files were written; of {undecided} calls nobody could say whether they had been");
            Assert.NotEqual(0, written);
            Assert.True(faults.Count == 0, $"seed {seed}:\n{string.Join('\n', faults)}");
        }
        finally
        {
            witnesses.ForEach(witness => witness.Dispose());
        }
    }

    /// <summary>Streams one message and kills the daemon when a random number of its events has come, and a random moment has passed.</summary>
    private async Task KillDuring(DaemonWithModel daemon, string agent, int round, Random chance)
    {
        var usesTools = round % 2 == 1;
        var text = string.Create(CultureInfo.InvariantCulture, $"{(usesTools ? "write" : "speak")} {round}");
        // A round of tools tells of each call twice, and then of the text; text alone is 40 pieces.
        var eventsUntilKill = chance.Next(usesTools ? (WritesARound * 2) + 3 : 44);
        var extra = TimeSpan.FromMicroseconds(chance.Next(3_000));

        await using var stream = await daemon.Api.Stream($"POST /api/agents/{agent}/message/stream", Cancel, DaemonWithModel.Message(text));
        var said = "";
        var isAnswered = false;
        if (eventsUntilKill == 0)
            await daemon.Model.CallWith(text, Cancel);
        for (var seen = 0; seen < eventsUntilKill && !isAnswered && await stream.Next(Cancel) is { } happened; seen++)
        {
            if (happened.Json.TryGetProperty("content", out var piece))
                said += piece.GetString();
            isAnswered = happened.Type == "done";
        }
        SpinWait.SpinUntil(() => false, extra);
        await daemon.Process.Kill(Cancel);

        // The model was asked, or an event has come, so the message was taken in; its answer counts as given only with "done".
        acknowledged[agent].Add(("User", text));
        if (isAnswered)
            acknowledged[agent].Add(("Assistant", said));
    }

    /// <summary>The session takes the next message, and what the model is sent with it is sound.</summary>
    private async Task Continue(DaemonWithModel daemon, string agent, string text)
    {
        var answer = await daemon.Ask(agent, text, Cancel);
        Assert.Equal($"answer to {text}", answer);
        acknowledged[agent].Add(("User", text));
        acknowledged[agent].Add(("Assistant", answer));
        var call = await daemon.Model.CallWith(text, Cancel);
        faults.AddRange(HistoryFaults.Of(call).Select(fault => $"the call for '{text}': {fault}"));
    }

    private async Task ExpectWhatWasAcknowledged(DaemonWithModel daemon, string agent, string when)
    {
        var session = await daemon.Session(agent, Cancel);
        var stored = session.GetProperty("messages").EnumerateArray().Select(message => (Role: message.GetProperty("role").GetString()!, Text: message.GetProperty("content").GetString()!)).ToList();
        var from = 0;
        foreach (var (role, text) in acknowledged[agent])
        {
            var at = stored.FindIndex(from, message => message.Role == role && message.Text == text);
            if (at < 0)
                faults.Add($"{when}: '{role}: {text}' is missing or out of order in [{string.Join(" | ", stored.Select(message => $"{message.Role}: {message.Text}"))}]");
            else
                from = at + 1;
            if (role == "User" && stored.Count(message => message.Role == role && message.Text == text) > 1)
                faults.Add($"{when}: '{text}' is there more than once");
        }
        if (session.GetProperty("running").GetBoolean())
            faults.Add($"{when}: a run goes on that died with its daemon");
    }

    private async Task ExpectEachWriteOnce(DaemonWithModel daemon, string agent, int index, WriteWitness witness)
    {
        var writes = await witness.Writes(Cancel);
        var session = await daemon.Session(agent, Cancel);
        var calls = session.GetProperty("messages").EnumerateArray()
            .SelectMany(message => message.TryGetProperty("tools", out var tools) ? tools.EnumerateArray() : Enumerable.Empty<JsonElement>())
            .ToDictionary(call => call.GetProperty("input").GetProperty("path").GetString()!);
        written += writes.Count;
        foreach (var (file, count) in writes)
        {
            if (count != 1)
                faults.Add($"{file} was written {count} times");
            if (!calls.ContainsKey(file))
                faults.Add($"{file} was written and no call for it is in the session");
        }
        foreach (var (file, call) in calls)
        {
            var result = call.TryGetProperty("result", out var told) ? told.GetString()! : "";
            if (result.StartsWith("Wrote ", StringComparison.Ordinal) && !writes.ContainsKey(file))
                faults.Add($"{file} is said to be written and was not");
            if (result.Contains("not known", StringComparison.Ordinal))
                undecided++;
            if (result.Length == 0)
                faults.Add($"the call for {file} was never given a result");
            var path = Path.Combine(daemon.Process.Home, "workspaces", $"agent-{index}", file);
            if (writes.ContainsKey(file) && await File.ReadAllTextAsync(path, Cancel) != asked[file].Content)
                faults.Add($"{file} has another content than the call asked for");
        }
    }

    private ModelReply? Answer(ModelCall call)
    {
        var words = call.LastUserText.Split(' ');
        switch (words[0])
        {
            case "speak":
                return ModelReply.Say([.. Enumerable.Range(0, 40).Select(piece => $"{words[1]}.{piece} ")]);
            case "write" when call.ToolResults.Count == 0:
                return ModelReply.Call([.. Enumerable.Range(0, WritesARound).Select(number => WriteCall(words[1], number))]);
            case "write":
                return ModelReply.Say($"wrote {words[1]}: ", $"{call.ToolResults.Count} results");
            default:
                return ModelReply.Say($"answer to {call.LastUserText}");
        }
    }

    private (string Id, string Tool, string Arguments) WriteCall(string round, int number)
    {
        var name = $"round-{round}-file-{number}";
        // Not one page, so that a kill can fall into the middle of a write; not so much that the history has to be summarised.
        var content = string.Concat(Enumerable.Repeat($"{name} is written once. ", 200));
        lock (asked)
            asked[name] = (name, content);
        return ($"call-{round}-{number}", "file_write", $$"""{"path": "{{name}}", "content": "{{content}}"}""");
    }
}
