using Fangd.Engine.Memory;
using Fangd.Protocols.Llm;

namespace Fangd.UnitTests.Memory;

public sealed class TaskBoardTests
{
    [Fact]
    public async Task No_two_agents_get_the_same_task()
    {
        using var rig = new MemoryRig();
        for (var i = 0; i < 100; i++)
            await rig.Board.Post("ann", $"task {i}", "do it", null, TaintLabels.None);

        var claims = await Task.WhenAll(Enumerable.Range(0, 150).Select(i => Task.Run(() => rig.Board.Claim(i % 2 == 0 ? "ben" : "cleo").AsTask())));

        var taken = claims.OfType<BoardTask>().ToList();
        Assert.Equal(100, taken.Count);
        Assert.Equal(100, taken.Select(task => task.Id).Distinct().Count());
        Assert.All(taken, task => Assert.Equal(BoardStatus.InProgress, task.Status));
        Assert.Null(await rig.Board.Claim("ben"));
    }

    [Fact]
    public async Task The_oldest_comes_first_and_what_is_anothers_never()
    {
        using var rig = new MemoryRig();
        await rig.Board.Post("ann", "first", "", null, TaintLabels.None);
        await rig.Board.Post("ann", "second", "", null, TaintLabels.None);
        await Assign(rig, (await rig.Board.Post("ann", "for cleo", "", null, TaintLabels.None)).Task!, "cleo");

        Assert.Equal("for cleo", (await rig.Board.Claim("cleo"))!.Title);
        Assert.Equal("first", (await rig.Board.Claim("ben"))!.Title);
        Assert.Equal("second", (await rig.Board.Claim("cleo"))!.Title);
        Assert.Null(await rig.Board.Claim("ben"));
    }

    [Fact]
    public async Task A_task_is_completed_by_who_claimed_it_once()
    {
        using var rig = new MemoryRig();
        var task = (await rig.Board.Post("ann", "t", "d", null, TaintLabels.None)).Task!;
        await rig.Board.Claim("ben");

        Assert.Contains("Another agent", (await rig.Board.Complete("cleo", task.Id, "mine", TaintLabels.None)).Refusal);
        Assert.Equal("42", (await rig.Board.Complete("ben", task.Id, "42", TaintLabels.None)).Task!.Result);
        Assert.Contains("completed already", (await rig.Board.Complete("ben", task.Id, "43", TaintLabels.None)).Refusal);
        Assert.Contains("no task", (await rig.Board.Complete("ben", "nope", "43", TaintLabels.None)).Refusal);
        Assert.Equal((BoardStatus.Completed, "42"), (rig.Board.Find(task.Id)!.Status, rig.Board.Find(task.Id)!.Result));
    }

    [Fact]
    public async Task The_board_is_there_after_a_restart_and_a_killed_agents_task_is_pending_again()
    {
        using var rig = new MemoryRig();
        await rig.Board.Post("ann", "t", "d", null, TaintLabels.None);
        await rig.Board.Claim("ben");
        rig.Reopen();
        Assert.Equal(("t", "ben"), (rig.Board.List(BoardStatus.InProgress, 10)[0].Title, rig.Board.List(null, 10)[0].ClaimedBy));

        await rig.Kill("ben");
        await rig.Kill("ann");

        var task = rig.Board.List(BoardStatus.Pending, 10)[0];
        Assert.Equal((null, null), (task.ClaimedBy, task.PostedBy));
        Assert.Equal("t", (await rig.Board.Claim("cleo"))!.Title);
    }

    [Fact]
    public async Task Completed_tasks_are_kept_for_a_month()
    {
        using var rig = new MemoryRig();
        await rig.Board.Post("ann", "open", "", null, TaintLabels.None);
        var done = (await rig.Board.Post("ann", "done", "", null, TaintLabels.None)).Task!;
        await rig.Board.Complete("ann", done.Id, "r", TaintLabels.None);

        rig.Time.Advance(TimeSpan.FromDays(29));
        await rig.Board.Tidy(CancellationToken.None);
        Assert.Equal(2, rig.Board.List(null, 10).Count);
        rig.Time.Advance(TimeSpan.FromDays(2));
        await rig.Board.Tidy(CancellationToken.None);

        Assert.Equal(["open"], rig.Board.List(null, 10).Select(task => task.Title));
    }

    private static Task Assign(MemoryRig rig, BoardTask task, string agent) =>
        rig.Database.Write(sql => sql.Execute("UPDATE tasks SET assigned_to = $agent WHERE id = $id", agent, task.Id));
}
