using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.EndToEnd.Crashes;

/// <summary>
/// A daemon that is killed again and again while many things happen that are audited. After each start the chain is whole, what was
/// acknowledged stands in it once, and a tool that ran was taken down before.
/// </summary>
public sealed class AuditCrashTests(ITestOutputHelper output)
{
    private const int Kills = 12;
    private const int Workers = 6;

    private readonly ConcurrentBag<string> _spawned = [];
    private readonly ConcurrentBag<string> _set = [];
    private readonly ConcurrentBag<string> _written = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 180_000)]
    public async Task Killed_in_the_middle_of_many_actions_the_chain_stays_whole_and_tells_each_once()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var chance = new Random(seed);
        await using var daemon = await DaemonWithModel.Start(Cancel);
        var writers = new string[Workers];
        for (var worker = 0; worker < Workers; worker++)
            writers[worker] = await daemon.Spawn($"writer-{worker}", Cancel);

        for (var round = 0; round < Kills; round++)
        {
            var before = _written.Count;
            var work = Enumerable.Range(0, Workers).Select(worker => Work(daemon, writers[worker], $"{round}-{worker}")).ToArray();
            // The last of the steps, so that all kinds of them are under way.
            while (_written.Count < before + Workers && !work.Any(task => task.IsFaulted))
                await Task.Delay(TimeSpan.FromMilliseconds(1), Cancel);
            SpinWait.SpinUntil(() => false, TimeSpan.FromMicroseconds(chance.Next(20_000)));
            await daemon.Process.Kill(Cancel);
            await Task.WhenAll(work);
            await daemon.Process.Restart(Cancel);

            JsonPattern.Matches("""{"status": "valid", "*": "*"}""", await daemon.Api.Do("GET /api/audit/verify", Cancel));
        }

        var entries = await Entries(daemon);
        output.WriteLine($"{entries.Count} entries, {_spawned.Count} agents, {_set.Count} settings, {_written.Count} files");
        Assert.Equal(Enumerable.Range(1, entries.Count).Select(id => (long)id), entries.Select(entry => entry.GetProperty("id").GetInt64()));
        ExpectOnce(_spawned, entries.Where(entry => Action(entry) == "AgentSpawn").Select(entry => entry.GetProperty("agent_id").GetString()!));
        ExpectOnce(_set, entries.Where(entry => Action(entry) == "ConfigChange").Select(entry => Details(entry).Split('/')[^1]));
        ExpectOnce(_written, Files("ok"));

        // What is in a workspace was taken down before it was written, and no call has two beginnings or two ends.
        var started = Files("started").ToHashSet(StringComparer.Ordinal);
        var found = Directory.EnumerateFiles(Path.Combine(daemon.Process.Home, "workspaces"), "*.txt", SearchOption.AllDirectories).Select(file => Path.GetFileName(file)!).ToList();
        Assert.All(found, file => Assert.Contains(file, started));
        Assert.All(_written, file => Assert.Contains(file, found));
        foreach (var outcome in (string[])["started", "ok", "failed", "cancelled"])
            Assert.Equal(Files(outcome).Distinct().Count(), Files(outcome).Count());

        IEnumerable<string> Files(string outcome) => entries
            .Where(entry => Action(entry) == "FileAccess" && entry.GetProperty("outcome").GetString() == outcome)
            .Select(entry => Details(entry).Split(' ')[1]);
    }

    /// <summary>Does what is audited until the daemon is gone, and keeps what was acknowledged.</summary>
    private async Task Work(DaemonWithModel daemon, string writer, string round)
    {
        try
        {
            for (var step = 0; ; step++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"{round}-{step}");
                _spawned.Add(await daemon.Spawn($"agent-{name}", Cancel));
                await daemon.Api.Do("PUT /api/providers/groq/url", Cancel, $$"""{"base_url": "http://127.0.0.1:1/{{name}}"}""");
                _set.Add(name);
                await daemon.Ask(writer, $$"""<<call file_write {"path": "{{name}}.txt", "content": "here"}>>""", Cancel);
                _written.Add($"{name}.txt");
            }
        }
        catch (Exception gone) when (gone is HttpRequestException or IOException)
        {
            // That is what was wanted.
        }
    }

    private static async Task<List<JsonElement>> Entries(DaemonWithModel daemon)
    {
        var entries = new List<JsonElement>();
        for (var before = ""; ; before = string.Create(CultureInfo.InvariantCulture, $"&before={entries[^1].GetProperty("id").GetInt64()}"))
        {
            var page = (await daemon.Api.Do($"GET /api/audit/recent?limit=500{before}", Cancel)).GetProperty("entries");
            if (page.GetArrayLength() == 0)
                break;
            entries.AddRange(page.EnumerateArray());
        }

        entries.Reverse();
        return entries;
    }

    private static void ExpectOnce(IEnumerable<string> acknowledged, IEnumerable<string> told)
    {
        var counts = told.CountBy(item => item).ToDictionary();
        Assert.All(acknowledged, item => Assert.Equal(1, counts.GetValueOrDefault(item)));
        Assert.All(counts.Values, count => Assert.Equal(1, count));
    }

    private static string Action(JsonElement entry) => entry.GetProperty("action").GetString()!;

    private static string Details(JsonElement entry) => entry.GetProperty("details").GetString()!;
}
