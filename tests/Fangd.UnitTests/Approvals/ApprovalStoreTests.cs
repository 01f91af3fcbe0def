using Fangd.Server.Approvals;

namespace Fangd.UnitTests.Approvals;

public sealed class ApprovalStoreTests : IDisposable
{
    private static readonly ApprovalDecision Yes = new(ApprovalStatus.Approved, null, null);
    private readonly ApprovalRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task Of_many_who_decide_at_once_one_wins()
    {
        await _rig.Store.Add(_rig.Row("a"));

        var decided = await Task.WhenAll(Enumerable.Range(0, 32).Select(n =>
            Task.Run(() => _rig.Store.Decide("a", new ApprovalDecision((ApprovalStatus)(1 + (n % 3)), null, null)))));

        Assert.Single(decided, at => at is not null);
    }

    [Fact]
    public async Task Of_many_who_use_an_approval_one_does()
    {
        await _rig.Store.Add(_rig.Row("a"));
        await _rig.Store.Decide("a", Yes);

        Assert.Single(await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(() => _rig.Store.Use("a")))), isUsed => isUsed);
    }

    [Fact]
    public async Task What_is_pending_cannot_be_used()
    {
        await _rig.Store.Add(_rig.Row("a"));

        Assert.False(await _rig.Store.Use("a"));
    }

    [Fact]
    public async Task What_ran_out_is_expired_for_everybody_and_makes_room()
    {
        for (var n = 0; n < ApprovalStore.MostPending; n++)
            Assert.True(await _rig.Store.Add(_rig.Row($"old-{n}")));
        Assert.False(await _rig.Store.Add(_rig.Row("one-too-many")));
        Assert.True(await _rig.Store.Add(_rig.Row("of-another", agent: "other")));

        _rig.Time.Advance(TimeSpan.FromSeconds(61));

        Assert.Equal(ApprovalStatus.Expired, _rig.Store.Find("old-0")!.Status);
        Assert.All(_rig.Store.List(), row => Assert.Equal(ApprovalStatus.Expired, row.Status));
        Assert.Null(await _rig.Store.Decide("old-0", Yes));
        Assert.True(await _rig.Store.Add(_rig.Row("new")));
        Assert.Equal("new", _rig.Store.List()[0].Id);
    }

    [Fact]
    public async Task Decisions_outlive_their_requests_until_they_are_too_old()
    {
        var history = new ApprovalHistory(_rig.Database, _rig.Store, _rig.Context);
        _rig.Context.HistoryDays = 90;
        await _rig.Store.Add(_rig.Row("runs-out"));
        await _rig.Store.Add(_rig.Row("decided", "other"));
        await _rig.Store.Decide("decided", Yes);
        _rig.Time.Advance(TimeSpan.FromDays(89));

        await history.Tidy(TestContext.Current.CancellationToken);
        Assert.Equal(2, Decisions());
        _rig.Time.Advance(TimeSpan.FromDays(2));
        await history.Tidy(TestContext.Current.CancellationToken);

        Assert.Equal(0, Decisions());

        long? Decisions() => _rig.Database.Read(sql => sql.Number("SELECT count(*) FROM approval_decisions"));
    }

    [Fact]
    public async Task The_newest_hundred_decisions_are_kept_and_everything_that_waits()
    {
        await _rig.Store.Add(_rig.Row("waits"));
        await _rig.Store.Add(_rig.Row("unused", "b", new ApprovalCall("run", "s", "c")));
        await _rig.Store.Decide("unused", Yes);
        for (var n = 0; n < 120; n++)
        {
            await _rig.Store.Add(_rig.Row($"n-{n}", "c"));
            await _rig.Store.Decide($"n-{n}", Yes);
        }

        var rows = _rig.Store.List();
        Assert.Equal(("waits", "n-119", 1 + ApprovalStore.MostDecided), (rows[0].Id, rows[1].Id, rows.Count));
        Assert.Null(_rig.Store.Find("n-0"));
        Assert.True(await _rig.Store.Use("unused"));
    }
}
