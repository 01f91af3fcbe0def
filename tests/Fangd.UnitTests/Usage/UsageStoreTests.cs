using Fangd.Protocols.Llm;
using Fangd.Server.Models;
using Fangd.Server.Usage;

namespace Fangd.UnitTests.Usage;

public sealed class UsageStoreTests
{
    [Fact]
    public async Task The_sums_are_those_of_the_calls_whatever_the_hours_days_agents_and_models()
    {
        using var rig = new MeteringRig();
        var chance = new Random(7);
        var rows = new List<UsageRow>();
        var start = rig.Time.GetUtcNow();
        for (var i = 0; i < 2000; i++)
        {
            rows.Add(new UsageRow(
                start.AddMinutes(chance.Next(0, 40 * 24 * 60)),
                $"agent{chance.Next(5)}",
                null,
                "r",
                "openai",
                $"model{chance.Next(4)}",
                new LlmUsage(chance.Next(1000), chance.Next(1000), chance.Next(10), chance.Next(10)),
                chance.Next(100) / 1024d,
                PriceKind.Known,
                1,
                (CallOutcome)chance.Next(3)));
        }

        foreach (var row in rows)
            rig.Meter.Record(row);
        await rig.Meter.Settled();

        var day = UsageBuckets.Of(start.AddDays(20)).Day;
        Assert.Equal(Sum(rows), rig.Usage.Total("model-day", 0));
        Assert.Equal(Sum(rows), rig.Usage.Total("model-hour", 0));
        Assert.Equal(Sum(rows), rig.Usage.Total("model-month", 0));
        Assert.Equal(Sum(rows.Where(r => UsageBuckets.Of(r.At).Day >= day)), rig.Usage.Total("model-day", day));
        Assert.Equal(
            rows.GroupBy(r => UsageBuckets.Of(r.At).Day).OrderBy(g => g.Key).Select(g => (g.Key, Sum(g))),
            rig.Usage.Daily(0));
        Assert.Equal(
            rows.GroupBy(r => r.Model).Select(g => (g.Key, Sum(g))).OrderBy(g => g.Key),
            rig.Usage.ByModel("model-day", 0).Select(m => (m.Model, m.Sum)).OrderBy(m => m.Model));
        Assert.Equal(
            rows.Where(r => UsageBuckets.Of(r.At).Day == day).GroupBy(r => r.AgentId).Select(g => (g.Key, Sum(g))).OrderBy(g => g.Key),
            rig.Usage.ByAgent("agent-day", day).OrderBy(a => a.AgentId));
        Assert.Equal(rows.GroupBy(r => r.AgentId).ToDictionary(g => g.Key, g => g.Sum(r => r.CostUsd)), rig.Usage.CostByAgent());
        Assert.Equal(5, rig.Usage.ActiveAgents("agent-day", 0));
    }

    [Fact]
    public async Task Calls_count_once_whether_they_are_in_the_sums_yet_or_not()
    {
        using var rig = new MeteringRig();
        var row = new UsageRow(rig.Time.GetUtcNow(), "a", null, "r", "p", "m", new LlmUsage(3, 2), 0.5, PriceKind.Known, 1, CallOutcome.Failed);
        for (var calls = 1; calls <= 6; calls++)
        {
            rig.Meter.Record(row);
            await rig.Meter.Settled();
            foreach (var kind in (string[])["model-hour", "model-day", "model-month", "agent-hour", "agent-day", "agent-month"])
                Assert.Equal(new UsageSum(calls, calls, 3 * calls, 2 * calls, 0, 0, 0.5 * calls), rig.Usage.Total(kind, 0));
            if (calls % 2 == 0)
                await rig.Database.Write(UsageStore.RollUp);
        }

        rig.Reopen();

        Assert.Equal(6, rig.Database.Read(sql => sql.Number("SELECT calls FROM usage WHERE kind = 'agent-month'")));
        Assert.Equal(UsageBuckets.Of(row.At).Month, rig.Database.Read(sql => sql.Number("SELECT bucket FROM usage WHERE kind = 'agent-month'")));
    }

    [Fact]
    public async Task A_call_after_all_others_were_dropped_still_counts()
    {
        using var rig = new MeteringRig();
        var row = new UsageRow(rig.Time.GetUtcNow(), "a", null, "r", "p", "m", new LlmUsage(1, 1), 0.5, PriceKind.Known, 1, CallOutcome.Ok);
        foreach (var _ in (int[])[1, 2, 3])
            rig.Meter.Record(row);
        await rig.Meter.Settled();

        Assert.Equal(2, await rig.Usage.PruneCalls(row.At.AddDays(1), 100));
        rig.Meter.Record(row);
        await rig.Meter.Settled();

        Assert.Equal(4, rig.Usage.Total("model-day", 0).Calls);
    }

    [Fact]
    public async Task Old_calls_and_hours_go_and_the_days_stay()
    {
        using var rig = new MeteringRig();
        var now = rig.Time.GetUtcNow();
        foreach (var age in (int[])[40, 31, 29, 9, 0])
            rig.Meter.Record(new UsageRow(now.AddDays(-age), "a", null, "r", "p", "m", new LlmUsage(1, 1), 0.5, PriceKind.Known, 1, CallOutcome.Ok));
        await rig.Meter.Settled();

        Assert.Equal(2, await rig.Usage.PruneCalls(now.AddDays(-30), 100));
        await rig.Usage.PruneHours(now.AddDays(-8));

        Assert.Equal(3, rig.Database.Read(sql => sql.Number("SELECT count(*) FROM usage_calls")));
        Assert.Equal((1L, 5L), (rig.Usage.Total("model-hour", 0).Calls, rig.Usage.Total("model-day", 0).Calls));
        Assert.Equal(2.5, rig.Usage.CostByAgent()["a"]);
    }

    [Theory]
    [InlineData("2026-12-31T23:59:59.999Z", "2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z")]
    [InlineData("2028-02-28T10:00:00Z", "2028-02-28T11:00:00Z", "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z")]
    public void A_bucket_ends_where_the_next_begins(string at, string hour, string day, string month)
    {
        var bucket = UsageBuckets.Of(DateTimeOffset.Parse(at, null));

        Assert.Equal(DateTimeOffset.Parse(hour, null), UsageBuckets.HourStart(bucket.Hour + 1));
        Assert.Equal(DateTimeOffset.Parse(day, null), UsageBuckets.DayStart(bucket.Day + 1));
        Assert.Equal(DateTimeOffset.Parse(month, null), UsageBuckets.MonthStart(bucket.Month + 1));
    }

    // Costs are multiples of 1/1024, so their sums do not depend on the order.
    private static UsageSum Sum(IEnumerable<UsageRow> rows) => rows.Aggregate(UsageSum.Nothing, (s, r) => new UsageSum(
        s.Calls + 1,
        s.Failed + (r.Outcome == CallOutcome.Failed ? 1 : 0),
        s.Input + r.Usage.Input,
        s.Output + r.Usage.Output,
        s.Cached + r.Usage.CachedInput,
        s.Reasoning + r.Usage.Reasoning,
        s.CostUsd + r.CostUsd));
}
