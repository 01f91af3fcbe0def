namespace Fangd.UnitTests.Audit;

/// <summary>What somebody who can write to the database could do, and where the check finds it.</summary>
public sealed class TamperTests : IDisposable
{
    private readonly ChainRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData("UPDATE audit_entries SET at = at + 1 WHERE seq = 5", 5)]
    [InlineData("UPDATE audit_entries SET action = 'ToolInvokf' WHERE seq = 5", 5)]
    [InlineData("UPDATE audit_entries SET agent_id = 'agent-2' WHERE seq = 5", 5)]
    [InlineData("UPDATE audit_entries SET agent_id = NULL WHERE seq = 5", 5)]
    [InlineData("UPDATE audit_entries SET agent_id = '' WHERE seq = 6", 6)]
    [InlineData("UPDATE audit_entries SET detail = detail || ' ' WHERE seq = 5", 5)]
    [InlineData("UPDATE audit_entries SET outcome = 'OK' WHERE seq = 5", 5)]
    [InlineData("UPDATE audit_entries SET hash = zeroblob(32) WHERE seq = 5", 5)]
    [InlineData("UPDATE audit_entries SET hash = x'00' WHERE seq = 5", 5)]
    [InlineData("UPDATE audit_entries SET detail = detail || outcome, outcome = '' WHERE seq = 5", 5)]
    [InlineData("UPDATE audit_entries SET action = 'ToolInvokeagent', agent_id = '-1' WHERE seq = 5", 5)]
    [InlineData("UPDATE audit_entries SET detail = CAST(zeroblob(9000) AS TEXT) WHERE seq = 5", 5)]
    [InlineData("DELETE FROM audit_entries WHERE seq = 1", 1)]
    [InlineData("DELETE FROM audit_entries WHERE seq = 5", 5)]
    [InlineData("DELETE FROM audit_entries WHERE seq = 10", 10)]
    [InlineData("DELETE FROM audit_entries WHERE seq > 7", 8)]
    [InlineData("DELETE FROM audit_entries", 1)]
    [InlineData("DELETE FROM audit_entries; DELETE FROM audit_anchors", 1)]
    [InlineData("DELETE FROM audit_anchors", 11)]
    [InlineData("UPDATE audit_entries SET seq = seq + 1 WHERE seq = 10", 10)]
    [InlineData("DELETE FROM audit_entries WHERE seq = 5; UPDATE audit_entries SET seq = seq - 1 WHERE seq > 5", 5)]
    [InlineData("UPDATE audit_entries SET seq = -1 WHERE seq = 4; UPDATE audit_entries SET seq = 4 WHERE seq = 7; UPDATE audit_entries SET seq = 7 WHERE seq = -1", 4)]
    [InlineData("INSERT INTO audit_entries SELECT 11, at, action, agent_id, detail, outcome, hash FROM audit_entries WHERE seq = 10", 11)]
    [InlineData("INSERT INTO audit_entries SELECT 0, at, action, agent_id, detail, outcome, hash FROM audit_entries WHERE seq = 10", 0)]
    [InlineData("UPDATE audit_anchors SET seq = 9, hash = (SELECT hash FROM audit_entries WHERE seq = 9); DELETE FROM audit_entries WHERE seq = 10", 10)]
    [InlineData("UPDATE audit_anchors SET mac = x''", 11)]
    [InlineData("UPDATE audit_anchors SET hash = zeroblob(32)", 11)]
    [InlineData("INSERT INTO audit_anchors SELECT 'checkpoint', 3, hash, mac FROM audit_anchors; DELETE FROM audit_entries WHERE seq <= 3", 4)]
    public async Task Every_change_is_found_where_it_was_made(string change, long place)
    {
        await _rig.Fill(10);
        Assert.Null(_rig.VerifyAnew().BreakAt);

        await _rig.Tamper(change);

        var verdict = _rig.VerifyAnew();
        Assert.Equal(place, verdict.BreakAt);
        Assert.False(string.IsNullOrEmpty(verdict.Error));
    }

    [Theory]
    [InlineData("DELETE FROM audit_entries WHERE seq > 7", 8)]
    [InlineData("DELETE FROM audit_entries WHERE seq > 7; DELETE FROM audit_anchors", 10)]
    [InlineData("DELETE FROM audit_entries; DELETE FROM audit_anchors", 3)]
    [InlineData("DELETE FROM audit_entries WHERE seq > 7; UPDATE audit_anchors SET seq = 7, hash = (SELECT hash FROM audit_entries WHERE seq = 7)", 10)]
    public async Task Going_on_does_not_heal_a_chain_that_was_cut(string change, long place)
    {
        await _rig.Fill(10);
        await _rig.Tamper(change);
        await _rig.Fill(2);
        Assert.Equal(place, _rig.VerifyAnew().BreakAt);
        _rig.Reopen();
        await _rig.Fill(2);
        Assert.InRange(_rig.VerifyAnew().BreakAt!.Value, place, place + 2);
    }

    [Fact]
    public async Task An_older_state_of_the_whole_table_is_found_by_the_daemon_that_wrote_the_newer()
    {
        await _rig.Fill(5);
        await _rig.Tamper("CREATE TABLE kept AS SELECT * FROM audit_anchors");
        await _rig.Fill(5);
        await _rig.Tamper("DELETE FROM audit_entries WHERE seq > 5; DELETE FROM audit_anchors; INSERT INTO audit_anchors SELECT * FROM kept");

        Assert.Equal(6, _rig.Verify().BreakAt);
    }

    [Fact]
    public async Task With_another_key_the_chain_is_not_vouched_for()
    {
        await _rig.Fill(3);
        File.Delete(_rig.KeyFile);
        _rig.Reopen();
        await _rig.Fill(1);
        Assert.Contains("audit.key", _rig.Verify().Error!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Old_entries_go_behind_a_checkpoint_and_the_rest_stays_whole()
    {
        await _rig.Fill(30);
        var kept = _rig.Log.Page(long.MaxValue, 10, null, null);
        await _rig.Prune(days: 0, most: 10);

        var verdict = _rig.VerifyAnew();
        Assert.Equal((null, 10L, 20L), (verdict.BreakAt, verdict.Length, verdict.Pruned));
        Assert.Equal(kept, _rig.Log.Page(long.MaxValue, 100, null, null));
        Assert.Equal(10, _rig.Log.End().Total);
        await _rig.Fill(1);
        Assert.Equal((null, 11L), (_rig.Verify().BreakAt, _rig.Verify().Length));

        await _rig.Tamper("DELETE FROM audit_entries WHERE seq = 21");
        Assert.Equal(21, _rig.VerifyAnew().BreakAt);
    }

    [Fact]
    public async Task Entries_past_their_days_go_and_even_all_of_them_may()
    {
        await _rig.Fill(10);
        _rig.Time.Advance(TimeSpan.FromDays(2) - TimeSpan.FromMinutes(5.5));
        await _rig.Prune(days: 2, most: 1000);
        Assert.Equal((null, 5L, 5L), (_rig.Verify().BreakAt, _rig.Verify().Length, _rig.Verify().Pruned));

        _rig.Time.Advance(TimeSpan.FromDays(2));
        await _rig.Prune(days: 2, most: 1000);
        Assert.Equal((null, 0L, 10L), (_rig.Verify().BreakAt, _rig.Verify().Length, _rig.Verify().Pruned));
        await _rig.Fill(2);
        Assert.Equal((null, 2L), (_rig.Verify().BreakAt, _rig.Verify().Length));
    }

    [Fact]
    public async Task What_was_tampered_with_is_kept_as_evidence()
    {
        await _rig.Fill(30);
        await _rig.Tamper("UPDATE audit_entries SET detail = 'x' WHERE seq = 8");
        await _rig.Prune(days: 0, most: 10);
        Assert.Equal(23, _rig.Count("audit_entries"));
        Assert.Equal(8, _rig.VerifyAnew().BreakAt);
    }

    [Fact]
    public async Task A_checkpoint_that_is_not_signed_is_no_beginning()
    {
        await _rig.Fill(30);
        await _rig.Prune(days: 0, most: 10);
        await _rig.Tamper("UPDATE audit_anchors SET seq = 25, hash = (SELECT hash FROM audit_entries WHERE seq = 25) WHERE name = 'checkpoint'; DELETE FROM audit_entries WHERE seq <= 25");
        Assert.Equal(26, _rig.VerifyAnew().BreakAt);
        await _rig.Prune(days: 0, most: 1);
        Assert.Equal(5, _rig.Count("audit_entries"));
    }
}
