using Fangd.Protocols.A2a;
using Fangd.Server.A2a.Push;
using Fangd.Server.A2a.Tasks;
using Fangd.Server.Config;
using Fangd.Server.Storage;
using Fangd.Server.Vault;
using Fangd.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fangd.UnitTests.A2a;

/// <summary>The rows of tasks, over a database of its own.</summary>
public sealed class A2aTaskStoreTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly Database _database;
    private readonly A2aTaskStore _store;

    public A2aTaskStoreTests()
    {
        _database = Database.Open(_folder["fangd.db"], Durability.Normal, NullLogger.Instance);
        _store = new A2aTaskStore(_database, _time);
    }

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Pages_follow_one_another_from_the_last_change_to_the_first_without_gaps()
    {
        await AddAgent("a");
        foreach (var n in Enumerable.Range(0, 25))
        {
            await Add($"t{n}", "a", n % 2 == 0 ? "even" : "odd");
            // Some share a moment.
            if (n % 3 == 0)
                _time.Advance(TimeSpan.FromSeconds(1));
        }

        var all = Enumerable.Range(0, 25).Reverse().Select(n => $"t{n}").ToList();
        Assert.Equal(all, Walk(new TaskFilter(null, null, null, default), 4));
        Assert.Equal(all.Where(id => int.Parse(id[1..]) % 2 == 0), Walk(new TaskFilter("a", "even", A2aState.Submitted, default), 3));
        Assert.Equal(13, _store.Count(new TaskFilter("a", "even", null, default)));
        Assert.Empty(Walk(new TaskFilter("b", null, null, default), 4));
        Assert.Empty(Walk(new TaskFilter(null, null, A2aState.Failed, default), 4));
    }

    [Fact]
    public async Task A_task_that_changes_comes_to_the_front()
    {
        await AddAgent("a");
        await Add("first", "a", "c");
        await Add("second", "a", "c");
        _time.Advance(TimeSpan.FromSeconds(1));

        await _store.Update(_store.Find("first")! with { State = A2aState.Working, ChangedAt = _time.GetUtcNow() });

        Assert.Equal(["first", "second"], Walk(new TaskFilter(null, null, null, default), 10));
        Assert.Equal(["first"], Walk(new TaskFilter(null, null, null, _time.GetUtcNow()), 10));
    }

    [Fact]
    public async Task Of_those_that_have_ended_the_newest_thousand_are_kept_and_what_is_under_way_stays()
    {
        await AddAgent("a");
        await Add("open", "a", "c");
        var more = A2aTaskStore.MostFinished + 5;
        for (var n = 0; n < more; n++)
        {
            await Add($"t{n}", "a", "c");
            _time.Advance(TimeSpan.FromMilliseconds(10));
            var now = _time.GetUtcNow();
            await _store.Update(_store.Find($"t{n}")! with { State = A2aState.Completed, Answer = "x", ChangedAt = now, FinishedAt = now });
        }

        Assert.Equal(A2aTaskStore.MostFinished + 1, _store.Count(new TaskFilter(null, null, null, default)));
        Assert.Null(_store.Find("t4"));
        Assert.NotNull(_store.Find("t5"));
        Assert.NotNull(_store.Find("open"));
    }

    [Fact]
    public async Task What_was_under_way_has_failed_after_a_death_and_what_had_ended_is_as_it_was()
    {
        await AddAgent("a");
        await Add("open", "a", "c");
        await Add("done", "a", "c");
        await _store.Update(_store.Find("done")! with { State = A2aState.Completed, Answer = "x", FinishedAt = _time.GetUtcNow() });

        await _store.MarkInterrupted();

        Assert.Equal((A2aState.Failed, "the daemon stopped while the task was under way"), (_store.Find("open")!.State, _store.Find("open")!.Note));
        Assert.Equal((A2aState.Completed, "x"), (_store.Find("done")!.State, _store.Find("done")!.Answer));
    }

    [Fact]
    public async Task A_change_that_is_announced_waits_for_each_webhook_and_goes_with_it()
    {
        await AddAgent("a");
        await Add("t", "a", "c");
        var (configs, outbox) = (new PushStore(_database, Seal()), new PushOutbox(_database));
        foreach (var id in new[] { "one", "two" })
            await configs.Set(new PushConfig { TaskId = "t", Id = id, Url = "https://x", Token = "tok", Version = A2aVersion.V10 });
        Assert.True(outbox.IsEmpty);

        await _store.Announce(_store.Find("t")! with { State = A2aState.Working });
        await _store.MarkInterrupted();

        var waiting = new List<string>();
        foreach (var lane in Enumerable.Range(0, PushOutbox.Lanes))
        {
            while (outbox.Next(lane) is { } delivery)
            {
                waiting.Add($"{delivery.ConfigId} {delivery.State}");
                await outbox.Failed(delivery.Seq);
                Assert.Equal(delivery.Attempts + 1, outbox.Next(lane)!.Attempts);
                if (delivery.ConfigId == "two")
                    await configs.Delete("t", "two");
                else
                    await outbox.Delete(delivery.Seq);
            }
        }

        Assert.Equal(["one working", "two working", "one failed"], waiting);
        Assert.True(outbox.IsEmpty);
    }

    /// <summary>Without a vault tokens are kept as they are.</summary>
    private PushSeal Seal() => new(
        new SecretVault(new VaultConfig(false, _folder["vault.enc"], _folder["vault.key"]), new VaultKeySource(_folder["vault.key"], _ => null), NullLogger<SecretVault>.Instance),
        NullLogger<PushSeal>.Instance);

    [Fact]
    public async Task A_task_of_an_agent_that_is_gone_or_with_an_id_that_is_taken_is_not_added()
    {
        await AddAgent("a");

        Assert.True(await Add("t", "a", "c"));
        Assert.False(await Add("t", "a", "c"));
        Assert.False(await Add("u", "nobody", "c"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x-y")]
    [InlineData("5")]
    [InlineData("-5")]
    public void A_token_that_was_not_given_out_is_none(string token)
    {
        Assert.Null(TaskCursor.Read(token));
        Assert.Equal(new TaskCursor(12345, 7), TaskCursor.Read(new TaskCursor(12345, 7).ToString()));
    }

    private List<string> Walk(TaskFilter filter, int size)
    {
        var ids = new List<string>();
        var after = TaskCursor.Newest;
        while (_store.Page(filter, after, size) is { Count: > 0 } page)
        {
            ids.AddRange(page.Select(row => row.Task.Id));
            after = page[^1].At;
        }

        return ids;
    }

    private Task<bool> Add(string id, string agent, string context) => _store.Add(new StoredTask
    {
        Id = id,
        AgentId = agent,
        ContextId = context,
        State = A2aState.Submitted,
        Message = new A2aMessage { Id = "m", IsFromAgent = false, Parts = [A2aPart.Of("do it")] },
        CreatedAt = _time.GetUtcNow(),
        ChangedAt = _time.GetUtcNow(),
    });

    private Task AddAgent(string id) => _database.Write(sql => sql.Execute(
        """
        INSERT INTO agents (id, name, manifest, provider, model, description, mode, state, active_session, created_at, updated_at, file_modified, file_size)
        VALUES ($id, $id, '', 'p', 'm', '', 'full', 'Running', 0, 0, 0, 0, 0)
        """,
        id));
}
