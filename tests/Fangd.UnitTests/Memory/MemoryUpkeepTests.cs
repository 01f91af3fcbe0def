using Fangd.Server.Memory;
using Fangd.Server.Memory.Items;

namespace Fangd.UnitTests.Memory;

public sealed class MemoryUpkeepTests
{
    [Fact]
    public async Task What_was_not_used_for_a_week_is_trusted_less_once_an_interval_and_never_below_the_floor()
    {
        using var rig = new MemoryRig();
        var old = await rig.Keep("ann", "old");
        var faint = await rig.Keep("ann", "faint", confidence: 0.105);
        rig.Time.Advance(TimeSpan.FromDays(8));
        var fresh = await rig.Keep("ann", "fresh");

        await rig.Upkeep.Tidy(CancellationToken.None);
        await rig.Upkeep.Tidy(CancellationToken.None);

        Assert.Equal((0.9, 0.1, 1), (Confidence(rig, old), Confidence(rig, faint), Confidence(rig, fresh)));

        rig.Time.Advance(TimeSpan.FromHours(25));
        rig.Items.Touch([old.Id]);
        await rig.Upkeep.Tidy(CancellationToken.None);
        Assert.Equal(0.9, Confidence(rig, old));
    }

    [Fact]
    public async Task A_consolidation_that_was_cut_off_goes_on_where_it_was_and_decays_nothing_twice()
    {
        using var rig = new MemoryRig();
        var first = await rig.Keep("ann", "first");
        var second = await rig.Keep("ann", "second");
        rig.Time.Advance(TimeSpan.FromDays(8));
        // As the daemon's death left it: begun, and the first of the two is done.
        await rig.Database.Write(sql =>
        {
            sql.Execute("UPDATE memory_upkeep SET began_at = $now, done_to = $key", rig.Time.GetUtcNow(), first.Key);
            sql.Execute("UPDATE memories SET confidence = 0.9 WHERE key = $key", first.Key);
        });
        rig.Reopen();

        await rig.Upkeep.Tidy(CancellationToken.None);

        Assert.Equal((0.9, 0.9), (Confidence(rig, first), Confidence(rig, second)));
    }

    [Fact]
    public async Task Of_turns_that_were_noted_by_themselves_no_more_is_kept_than_configured()
    {
        using var rig = new MemoryRig(threshold: 3);
        for (var i = 0; i < 4; i++)
            await rig.Items.Add("ann", new NewMemory($"turn {i}") { Source = TurnMemory.Source });
        await rig.Keep("ann", "chosen one");
        await rig.Keep("ann", "chosen two");

        await rig.Upkeep.Tidy(CancellationToken.None);

        Assert.Equal(["chosen two", "chosen one", "turn 3"], rig.Items.Page("ann", null, 10).Select(item => item.Content));
    }

    private static double Confidence(MemoryRig rig, MemoryItem item) => Math.Round(rig.Items.Find(item.Id)!.Confidence, 6);
}
