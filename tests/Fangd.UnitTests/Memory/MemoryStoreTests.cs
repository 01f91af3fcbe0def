using Fangd.Engine.Memory;
using Fangd.Protocols.Llm;
using Fangd.Server.Memory.Items;

namespace Fangd.UnitTests.Memory;

public sealed class MemoryStoreTests
{
    [Fact]
    public async Task Labels_come_back_from_every_store_after_a_restart()
    {
        const TaintLabels foreign = TaintLabels.ExternalNetwork;
        using var rig = new MemoryRig();
        await rig.Items.Add("ann", new NewMemory("wget the payload from outside") { Taint = foreign });
        await rig.Graph.AddEntity("ann", GraphScope.Shared, "tool", "payload", """{"run":"it"}""", foreign);
        await rig.Graph.AddRelation("ben", GraphScope.Shared, "payload", "uses", "wget", 1, TaintLabels.UntrustedAgent);
        var task = (await rig.Board.Post("ann", "fetch", "the payload", null, foreign)).Task!;
        rig.Reopen();

        Assert.Equal(foreign, Assert.Single(await rig.Search.Search("ann", new MemoryQuery("payload", 5), TestContext.Current.CancellationToken)).Taint);
        var step = Assert.Single(Assert.Single(await rig.Graph.Query("cleo", new GraphQuery { Source = "payload", IncludesShared = true })).Steps);
        Assert.Equal((foreign, TaintLabels.UntrustedAgent), (step.Source.Taint, step.Taint));
        Assert.Equal(foreign | TaintLabels.Pii, (await rig.Board.Complete("ben", task.Id, "done", TaintLabels.Pii)).Task!.Taint);
    }

    [Fact]
    public async Task What_the_owner_writes_over_a_memory_is_the_owners()
    {
        using var rig = new MemoryRig();
        var item = (await rig.Items.Add("ann", new NewMemory("from outside") { Taint = TaintLabels.ExternalNetwork }))!.Item;

        Assert.Equal(TaintLabels.ExternalNetwork, (await rig.Items.Change(item.Id, new MemoryChange(null, null, "facts", null, null)))!.Taint);
        Assert.Equal(TaintLabels.None, (await rig.Items.Change(item.Id, new MemoryChange("my own words", null, null, null, null)))!.Taint);
    }

    [Fact]
    public async Task A_memory_is_found_by_its_words_and_by_no_other_agent()
    {
        using var rig = new MemoryRig();
        await rig.Keep("ann", "The fence around the garden is green.");
        await rig.Keep("ann", "The roof leaks when it rains.");
        await rig.Keep("ben", "My garden has no fence.");

        Assert.Equal(["The fence around the garden is green."], await rig.Find("ann", "What colour has the garden fence?"));
        Assert.Empty(await rig.Find("cleo", "garden"));
        Assert.Equal(2, (await rig.Search.SearchAll(new MemoryQuery("fence", 10), CancellationToken.None)).Count);
    }

    [Theory]
    [InlineData("NEAR(garden fence, 2)")]
    [InlineData("\"")]
    [InlineData("\"garden")]
    [InlineData("garden\" OR \"roof")]
    [InlineData("garden*")]
    [InlineData("^garden")]
    [InlineData("text:garden")]
    [InlineData("{text}: garden + fence")]
    [InlineData("garden AND NOT fence OR (")]
    [InlineData("-- garden ' ; DROP TABLE memories")]
    [InlineData("\0garden\u0001")]
    [InlineData("***")]
    [InlineData("")]
    [InlineData("   \t\n")]
    public async Task What_a_user_writes_is_never_an_operator(string question)
    {
        using var rig = new MemoryRig();
        await rig.Keep("ann", "The garden fence is green.");
        await rig.Keep("ann", "An unrelated note.");

        string[] expected = question.Contains("garden", StringComparison.Ordinal) ? ["The garden fence is green."] : [];
        Assert.Equal(expected, await rig.Find("ann", question));
    }

    [Theory]
    [InlineData("昨日は東京で寿司を食べた", "東京")]
    [InlineData("我喜欢喝绿茶", "绿茶好喝吗")]
    [InlineData("ฉันชอบกินข้าว", "กินข้าว")]
    [InlineData("Feed the 🦊 at noon", "🦊")]
    [InlineData("Die Größe der Tür ist 2,10 m", "GRÖSSE größe")]
    [InlineData("Café crème at ten", "cafe creme")]
    [InlineData("Backup of server-01 at 3:15", "server-01")]
    public async Task Every_script_is_found(string content, string question)
    {
        using var rig = new MemoryRig();
        await rig.Keep("ann", content);
        await rig.Keep("ann", "Something else entirely, 大阪, 🐈");

        Assert.Equal([content], await rig.Find("ann", question));
    }

    [Fact]
    public async Task More_and_rarer_words_count_more()
    {
        using var rig = new MemoryRig();
        for (var i = 0; i < 20; i++)
            await rig.Keep("ann", $"Meeting number {i} with the team about budgets");
        await rig.Keep("ann", "Meeting with Zoltan about budgets");
        await rig.Keep("ann", "Zoltan likes chess");

        var found = await rig.Find("ann", "the meeting with Zoltan about budgets", 3);

        Assert.Equal("Meeting with Zoltan about budgets", found[0]);
        Assert.Equal("Zoltan likes chess", found[1]);
    }

    [Fact]
    public async Task A_word_in_thousands_of_memories_still_gives_the_newest_and_those_with_all_the_words()
    {
        using var rig = new MemoryRig();
        await rig.Items.AddAll("ann", [new NewMemory("alpha beta, the oldest")]);
        await rig.Items.AddAll("ann", [.. Enumerable.Range(0, 1500).Select(i => new NewMemory($"alpha {i}"))]);
        await rig.Items.AddAll("ann", [.. Enumerable.Range(0, 1500).Select(i => new NewMemory($"beta {i}"))]);

        Assert.Equal("alpha beta, the oldest", (await rig.Find("ann", "alpha beta"))[0]);
        Assert.Equal("alpha 1499", (await rig.Find("ann", "alpha"))[0]);
    }

    [Fact]
    public async Task Confidence_and_age_decide_between_equals()
    {
        using var rig = new MemoryRig();
        await rig.Keep("ann", "tea at four, old");
        rig.Time.Advance(TimeSpan.FromDays(90));
        await rig.Keep("ann", "tea at four, doubtful", confidence: 0.2);
        await rig.Keep("ann", "tea at four, new");

        Assert.Equal(["tea at four, new", "tea at four, old", "tea at four, doubtful"], await rig.Find("ann", "tea four"));
    }

    [Fact]
    public async Task Scope_confidence_and_limit_narrow_a_search()
    {
        using var rig = new MemoryRig();
        await rig.Keep("ann", "tea one", scope: "notes");
        await rig.Keep("ann", "tea two", confidence: 0.3);
        await rig.Keep("ann", "tea three");

        async Task<IEnumerable<string>> With(MemoryQuery query) => (await rig.Search.Search("ann", query, CancellationToken.None)).Select(hit => hit.Content);

        Assert.Equal(["tea one"], await With(new MemoryQuery("tea", 10) { Scopes = scope => scope == "notes" }));
        Assert.Equal(["tea three", "tea one"], await With(new MemoryQuery("tea", 10) { LeastConfidence = 0.5 }));
        Assert.Single(await With(new MemoryQuery("tea", 1)));
    }

    [Fact]
    public async Task The_same_again_renews_and_adds_nothing()
    {
        using var rig = new MemoryRig();
        var first = await rig.Items.Add("ann", new NewMemory("Likes  green tea") { Confidence = 0.5 });
        var again = await rig.Items.Add("ann", new NewMemory("likes green\ntea"));
        var elsewhere = await rig.Items.Add("ben", new NewMemory("likes green tea"));

        Assert.Equal((true, false, true), (first!.IsNew, again!.IsNew, elsewhere!.IsNew));
        Assert.Equal((first.Item.Id, 1d), (again.Item.Id, again.Item.Confidence));
        Assert.Equal((1L, 1L), (rig.Items.Held("ann"), rig.Items.Held("ben")));
    }

    [Fact]
    public async Task A_changed_or_deleted_memory_is_found_by_its_old_words_no_more()
    {
        using var rig = new MemoryRig();
        var one = await rig.Keep("ann", "The key is under the 🪨 stone");
        var two = await rig.Keep("ann", "The key is in the drawer");

        await rig.Items.Change(one.Id, new MemoryChange("The key is with Tom 東", null, null, 0.4, null));
        Assert.True(await rig.Items.Delete(two.Id));

        Assert.Empty(await rig.Find("ann", "stone"));
        Assert.Empty(await rig.Find("ann", "🪨"));
        Assert.Empty(await rig.Find("ann", "drawer"));
        Assert.Equal(["The key is with Tom 東"], await rig.Find("ann", "東"));
        Assert.Equal(0.4, rig.Items.Find(one.Id)!.Confidence);
        Assert.False(await rig.Items.Delete(two.Id));
        Assert.Equal(1, rig.Items.Held("ann"));
        await rig.Database.Write(sql => sql.Execute("INSERT INTO memory_text (memory_text) VALUES ('integrity-check')"));
    }

    [Fact]
    public async Task Pages_follow_one_another_without_gaps()
    {
        using var rig = new MemoryRig();
        for (var i = 0; i < 7; i++)
            await rig.Keep(i % 2 == 0 ? "ann" : "ben", $"memory {i}");

        Assert.Equal(["memory 6", "memory 4", "memory 2", "memory 0"], Paged(rig, "ann", 3));
        Assert.Equal(["memory 6", "memory 5", "memory 4", "memory 3", "memory 2", "memory 1", "memory 0"], Paged(rig, null, 2));
        Assert.Empty(rig.Items.Page("cleo", null, 10));
    }

    [Fact]
    public async Task Use_is_counted_and_survives_a_restart()
    {
        using var rig = new MemoryRig();
        var kept = await rig.Keep("ann", "tea");
        rig.Time.Advance(TimeSpan.FromHours(1));

        rig.Items.Touch([kept.Id]);
        rig.Reopen();

        var found = rig.Items.Find(kept.Id)!;
        Assert.Equal((1L, rig.Time.GetUtcNow().ToUnixTimeMilliseconds()), (found.AccessCount, found.AccessedAt.ToUnixTimeMilliseconds()));
        Assert.Equal(["tea"], await rig.Find("ann", "tea"));
    }

    [Fact]
    public async Task A_killed_agents_memories_are_out_of_reach_at_once_and_gone_after_tidying()
    {
        using var rig = new MemoryRig();
        var kept = await rig.Keep("ann", "secret garden");
        await rig.Items.AddAll("ann", [.. Enumerable.Range(0, 1200).Select(i => new NewMemory($"garden {i}"))]);
        await rig.Keep("ben", "garden of ben");

        await rig.Kill("ann");

        Assert.Null(rig.Items.Find(kept.Id));
        Assert.False(await rig.Items.Delete(kept.Id));
        Assert.Equal(["garden of ben"], (await rig.Search.SearchAll(new MemoryQuery("garden", 50), CancellationToken.None)).Select(hit => hit.Content));
        Assert.Null(await rig.Items.Add("ann", new NewMemory("late")));

        await rig.Upkeep.Tidy(CancellationToken.None);

        Assert.Equal((1L, 1L), (rig.Count("memories"), rig.Count("memory_spaces")));
        Assert.Equal(["garden of ben"], await rig.Find("ben", "garden"));
    }

    private static List<string> Paged(MemoryRig rig, string? agent, int limit)
    {
        var all = new List<string>();
        string? before = null;
        while (rig.Items.Page(agent, before, limit) is { Count: > 0 } page)
        {
            all.AddRange(page.Select(item => item.Content));
            before = page[^1].Id;
        }

        return all;
    }
}
