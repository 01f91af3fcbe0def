using Fangd.Engine.Memory;
using Fangd.Server.Memory.Vectors;

namespace Fangd.UnitTests.Memory;

public sealed class HybridSearchTests
{
    [Fact]
    public async Task What_means_the_same_is_found_and_what_also_has_the_words_comes_first()
    {
        var embedder = new ScriptedEmbedder();
        using var rig = new MemoryRig(embedder);
        await rig.Keep("ann", "The engine of the vehicle was serviced");
        await rig.Keep("ann", "Her usual beverage in the morning is Assam");
        await rig.Keep("ann", "Prefers a cup of tea without sugar");
        await Indexed(rig);

        Assert.Equal("Prefers a cup of tea without sugar", (await rig.Find("ann", "tea without milk", 3))[0]);
        Assert.Equal("Her usual beverage in the morning is Assam", (await rig.Find("ann", "tea without milk", 3))[1]);
    }

    [Fact]
    public async Task While_the_model_is_away_words_are_enough_and_what_was_kept_meanwhile_is_embedded_later()
    {
        var embedder = new ScriptedEmbedder { IsReady = false };
        using var rig = new MemoryRig(embedder);
        rig.Indexer.Start();
        await rig.Keep("ann", "A beverage called tea");
        rig.Indexer.Wake();

        Assert.Equal(["A beverage called tea"], await rig.Find("ann", "tea"));
        Assert.Empty(await rig.Find("ann", "drink"));
        Assert.Equal(0, rig.Items.Count("ann").Embedded);

        embedder.IsReady = true;
        await Indexed(rig);
        Assert.Equal(["A beverage called tea"], await rig.Find("ann", "drink"));
        await rig.Indexer.Stop();
    }

    [Fact]
    public async Task A_model_that_is_too_slow_is_not_waited_for_and_not_asked_again_at_once()
    {
        var embedder = new ScriptedEmbedder();
        using var rig = new MemoryRig(embedder);
        await rig.Keep("ann", "Prefers tea");
        await Indexed(rig);
        embedder.IsStuck = true;

        var search = rig.Search.Search("ann", new MemoryQuery("tea", 5) { Patience = TimeSpan.FromMilliseconds(300) }, CancellationToken.None);
        await rig.Time.WaitForTimers(1, TestContext.Current.CancellationToken);
        rig.Time.Advance(TimeSpan.FromMilliseconds(301));

        Assert.Equal("Prefers tea", Assert.Single(await search).Content);
        var calls = embedder.Calls;
        Assert.Equal(["Prefers tea"], await rig.Find("ann", "tea"));
        Assert.Equal(calls, embedder.Calls);
    }

    [Fact]
    public async Task Another_model_starts_over()
    {
        using var rig = new MemoryRig(new ScriptedEmbedder("test/one"));
        await rig.Keep("ann", "Prefers tea");
        await Indexed(rig);
        var store = new VectorStore(rig.Database);
        Assert.Equal(("test/one", 1L), (store.Space, rig.Count("memory_vectors")));

        while (await store.StartOver("test/two"))
        {
        }

        Assert.Equal(("test/two", 0L), (store.Space, rig.Count("memory_vectors")));
        Assert.Single(store.Waiting(10));
    }

    [Fact]
    public async Task A_vector_of_a_text_that_changed_meanwhile_is_not_kept()
    {
        using var rig = new MemoryRig();
        var kept = await rig.Keep("ann", "before");
        var store = new VectorStore(rig.Database);
        var waiting = store.Waiting(1);
        await rig.Items.Change(kept.Id, new Fangd.Server.Memory.Items.MemoryChange("after", null, null, null, null));

        await store.Keep(waiting, [[1, 0, 0]]);

        Assert.Equal(0, rig.Count("memory_vectors"));
        Assert.Equal("after", Assert.Single(store.Waiting(10)).Content);
    }

    [Fact]
    public async Task Only_what_fits_well_is_shown_unasked()
    {
        var embedder = new ScriptedEmbedder();
        using var rig = new MemoryRig(embedder);
        await rig.Keep("ann", "Prefers a cup of tea");
        await rig.Keep("ann", "The wheel of the car is flat");
        await Indexed(rig);

        async Task<IEnumerable<string>> Strict(string question) =>
            (await rig.Search.Search("ann", new MemoryQuery(question, 5) { IsStrict = true }, CancellationToken.None)).Select(hit => hit.Content);

        Assert.Equal(["Prefers a cup of tea"], await Strict("which drink shall I bring"));
        Assert.Empty(await Strict("what is the capital of France"));
    }

    /// <summary>Runs the indexer until nothing waits.</summary>
    private static async Task Indexed(MemoryRig rig)
    {
        rig.Indexer.Start();
        rig.Indexer.Wake();
        while (!rig.Indexer.IsCurrent || rig.Items.Count(null) is var count && count.Embedded < count.Held)
        {
            await Task.Yield();
            rig.Time.Advance(TimeSpan.FromSeconds(1));
        }
    }
}
