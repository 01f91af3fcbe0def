using System.Globalization;
using Fangd.Engine.Audit;

namespace Fangd.UnitTests.Audit;

public sealed class AuditChainTests : IDisposable
{
    private readonly ChainRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void An_empty_chain_is_valid()
    {
        var verdict = _rig.Verify();
        Assert.Equal((null, 0L, null, null), (verdict.BreakAt, verdict.Length, verdict.FirstAt, verdict.LastAt));
        Assert.False(File.Exists(_rig.KeyFile) || File.Exists(_rig.KeyFile + ".new"));
    }

    [Fact]
    public async Task Entries_are_numbered_from_one_and_each_names_the_hash_before_it()
    {
        await _rig.Fill(5);

        var rows = _rig.Log.Page(long.MaxValue, 10, null, null);
        Assert.Equal([5L, 4, 3, 2, 1], rows.Select(row => row.Seq));
        Assert.Equal(rows.Skip(1).Select(row => row.Hash).Append(new string('0', 64)), rows.Select(row => row.PreviousHash));
        Assert.Equal((5L, rows[0].Hash), _rig.Log.End());
        var verdict = _rig.Verify();
        Assert.Equal((null, 5L), (verdict.BreakAt, verdict.Length));
        Assert.Equal((rows[4].At.ToUnixTimeMilliseconds(), rows[0].At.ToUnixTimeMilliseconds()), (verdict.FirstAt, verdict.LastAt));
    }

    [Fact]
    public async Task The_chain_goes_on_after_a_restart()
    {
        await _rig.Fill(3);
        _rig.Reopen();
        await _rig.Fill(2);
        Assert.Equal((null, 5L), (_rig.Verify().BreakAt, _rig.Verify().Length));
    }

    [Fact]
    public async Task Many_at_once_get_one_place_each()
    {
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => Task.Run(async () =>
        {
            if (i % 3 == 0)
                _rig.Chain.RecordLater(new AuditEntry(AuditAction.ShellExec, null, Name(i), "ok"));
            else
                await _rig.Add(Name(i));
        })));
        await _rig.Add("last");

        var verdict = _rig.Verify();
        Assert.Equal((null, 501L), (verdict.BreakAt, verdict.Length));
        Assert.Equal(501, _rig.Log.Page(long.MaxValue, 1000, null, null).Select(row => row.Detail).Distinct().Count());
    }

    [Fact]
    public async Task Work_of_others_that_fails_in_the_same_transaction_moves_nothing()
    {
        await _rig.Add("first");
        var writes = Enumerable.Range(0, 200).Select(i => Task.Run(async () =>
        {
            if (i % 4 != 0)
                await _rig.Add(Name(i));
            else
                await Assert.ThrowsAsync<InvalidOperationException>(() => _rig.Database.Write(new Func<Fangd.Server.Storage.SqlSession, int>(_ => throw new InvalidOperationException("spoilt"))));
        }));
        await Task.WhenAll(writes);

        Assert.Equal((null, 151L), (_rig.Verify().BreakAt, _rig.Verify().Length));
    }

    [Fact]
    public async Task An_entry_that_could_not_be_inserted_leaves_no_gap()
    {
        await _rig.Add("first");
        await _rig.Tamper("CREATE TRIGGER full BEFORE INSERT ON audit_entries BEGIN SELECT RAISE(ABORT, 'disk full'); END");
        await Assert.ThrowsAsync<Fangd.Server.Storage.SqlException>(async () => await _rig.Add("lost"));
        await _rig.Tamper("DROP TRIGGER full");
        await _rig.Add("second");

        Assert.Equal(["second", "first"], _rig.Log.Page(long.MaxValue, 10, null, null).Select(row => row.Detail));
        Assert.Equal((null, 2L), (_rig.Verify().BreakAt, _rig.Verify().Length));
    }

    [Theory]
    [InlineData("a\0b\r\nc", "a b  c")]
    [InlineData("whole \ud83d\ude00 ünïcode", "whole \ud83d\ude00 ünïcode")]
    public async Task Text_that_storage_would_change_is_changed_before_it_is_hashed(string detail, string stored)
    {
        await _rig.Add(detail, agent: detail);
        var row = Assert.Single(_rig.Log.Page(long.MaxValue, 1, null, null));
        Assert.Equal((stored, stored), (row.Detail, row.AgentId));
        Assert.Null(_rig.Verify().BreakAt);
    }

    [Fact]
    public async Task Half_a_character_is_replaced_before_it_is_hashed()
    {
        await _rig.Add("half " + '\ud83d');
        Assert.Equal("half \ufffd", Assert.Single(_rig.Log.Page(long.MaxValue, 1, null, null)).Detail);
        Assert.Null(_rig.Verify().BreakAt);
    }

    [Fact]
    public async Task Long_text_is_cut_between_characters()
    {
        await _rig.Add(new string('x', 999) + "\ud83d\ude00" + new string('y', 5000));
        Assert.Equal(new string('x', 999) + "…", Assert.Single(_rig.Log.Page(long.MaxValue, 1, null, null)).Detail);
        Assert.Null(_rig.Verify().BreakAt);
    }

    [Fact]
    public async Task Pages_go_back_by_number_and_can_be_narrowed_down()
    {
        await _rig.Fill(6);
        await _rig.Add("kill", "agent-1", AuditAction.AgentKill);

        Assert.Equal([4L, 3], _rig.Log.Page(5, 2, null, null).Select(row => row.Seq));
        Assert.Equal([7L, 5, 3, 1], _rig.Log.Page(long.MaxValue, 10, "agent-1", null).Select(row => row.Seq));
        Assert.Equal([7L], _rig.Log.Page(long.MaxValue, 10, null, "AgentKill").Select(row => row.Seq));
        Assert.Equal([5L, 3], _rig.Log.Page(7, 2, "agent-1", "ToolInvoke").Select(row => row.Seq));
        var page = _rig.Log.Page(long.MaxValue, 10, "agent-1", null);
        Assert.Equal(_rig.Log.Page(7, 1, null, null)[0].Hash, page[0].PreviousHash);
    }

    [Fact]
    public async Task The_key_is_for_its_owner_only()
    {
        await _rig.Add("first");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_rig.KeyFile));
        Assert.Equal(32, new FileInfo(_rig.KeyFile).Length);
        Assert.False(File.Exists(_rig.KeyFile + ".new"));
    }

    [Fact]
    public async Task A_death_before_the_key_got_its_name_raises_no_alarm()
    {
        // Made, and nothing committed yet.
        File.WriteAllBytes(_rig.KeyFile + ".new", new byte[32]);
        Assert.Null(_rig.Verify().BreakAt);
        _rig.Reopen();
        await _rig.Add("first");
        Assert.Null(_rig.Verify().BreakAt);

        // Committed, and not named yet.
        File.Move(_rig.KeyFile, _rig.KeyFile + ".new");
        _rig.Reopen();
        Assert.Null(_rig.Verify().BreakAt);
        await _rig.Add("second");
        Assert.Equal((null, 2L), (_rig.Verify().BreakAt, _rig.Verify().Length));
        Assert.True(File.Exists(_rig.KeyFile));
    }

    private static string Name(int i) => i.ToString(CultureInfo.InvariantCulture);
}
