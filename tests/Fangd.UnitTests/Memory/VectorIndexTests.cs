using Fangd.Server.Memory.Items;
using Fangd.Server.Memory.Vectors;

namespace Fangd.UnitTests.Memory;

public sealed class VectorIndexTests
{
    private const int Length = 100;

    private readonly Random _chance = new(11);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(383)]
    [InlineData(1536)]
    public void Wide_products_are_those_of_a_plain_loop(int length)
    {
        var (left, right) = (Numbers(length), Numbers(length));
        var (a, b) = (new sbyte[length], new sbyte[length]);
        for (var i = 0; i < length; i++)
            (a[i], b[i]) = ((sbyte)_chance.Next(-127, 128), (sbyte)(i % 3 == 0 ? 127 : -127));

        Assert.Equal(left.Zip(right, (x, y) => (double)x * y).Sum(), DotProduct.Of(left, right), 0.0001);
        Assert.Equal(a.Zip(b, (x, y) => x * y).Sum(), DotProduct.Of(a, b));
    }

    [Fact]
    public void A_cosine_of_codes_is_near_the_exact_one()
    {
        for (var round = 0; round < 200; round++)
        {
            var (left, right) = (Unit(384), Unit(384));
            var (a, b) = (new sbyte[384], new sbyte[384]);
            var scale = VectorCode.Write(left, a) * VectorCode.Write(right, b);

            Assert.Equal(DotProduct.Of(left, right), DotProduct.Of(a, b) * scale, 0.01);
        }
    }

    [Fact]
    public async Task The_scan_of_codes_finds_what_an_exact_search_finds()
    {
        using var rig = new MemoryRig();
        var vectors = await Fill(rig, "ann", 2000);
        await WriteChunks(rig);
        Assert.Equal(2000 / 256, rig.Count("memory_chunks"));

        for (var round = 0; round < 20; round++)
        {
            var question = Unit(Length);
            var exact = vectors.Select(v => (v.Key, Cosine: DotProduct.Of(v.Value, question))).OrderByDescending(v => v.Cosine).Take(10).ToList();
            var found = rig.Database.Read(sql => VectorIndex.Find(sql, question, MemoryKey.All, 10));

            Assert.Equal(exact.Select(v => v.Key), found.Select(v => v.Key));
            Assert.All(exact.Zip(found), pair => Assert.Equal(pair.First.Cosine, pair.Second.Score, 0.0001));
        }
    }

    [Fact]
    public async Task Agents_see_their_own_vectors_with_and_without_chunks()
    {
        using var rig = new MemoryRig();
        var ann = await Fill(rig, "ann", 600);
        await Fill(rig, "ben", 600);
        await WriteChunks(rig);
        var cleo = await Fill(rig, "cleo", 5);

        foreach (var (agent, own) in new[] { ("ann", ann), ("cleo", cleo) })
        {
            var range = rig.Database.Read(sql => MemorySpaces.Find(sql, agent))!.Range;
            var (key, vector) = own.Last();
            var found = rig.Database.Read(sql => VectorIndex.Find(sql, vector, range, 50));
            Assert.Equal(key, found[0].Key);
            Assert.All(found, hit => Assert.Contains(hit.Key, own.Keys));
        }
    }

    [Fact]
    public async Task A_deleted_or_changed_memory_leaves_its_chunk_and_the_chunk_is_written_again()
    {
        using var rig = new MemoryRig();
        var vectors = await Fill(rig, "ann", 600);
        await WriteChunks(rig);
        var ids = rig.Items.Page("ann", null, 1000).ToDictionary(item => item.Key, item => item.Id);
        var (deleted, changed) = (vectors.First(), vectors.ElementAt(300));

        await rig.Items.Delete(ids[deleted.Key]);
        await rig.Items.Change(ids[changed.Key], new MemoryChange("other words", null, null, null, null));

        Assert.Equal(0, rig.Count("memory_chunks"));
        Assert.DoesNotContain(deleted.Key, Keys(rig, deleted.Value));
        Assert.DoesNotContain(changed.Key, Keys(rig, changed.Value));
        await WriteChunks(rig);
        Assert.Equal(2, rig.Count("memory_chunks"));
        Assert.DoesNotContain(deleted.Key, Keys(rig, deleted.Value));
        Assert.Equal(598, rig.Count("memory_vectors"));
    }

    [Fact]
    public async Task Vectors_of_another_length_are_left_out()
    {
        using var rig = new MemoryRig();
        await Fill(rig, "ann", 300);
        await WriteChunks(rig);

        Assert.Empty(rig.Database.Read(sql => VectorIndex.Find(sql, Unit(Length + 1), MemoryKey.All, 10)));
    }

    private static List<long> Keys(MemoryRig rig, float[] question) =>
        [.. rig.Database.Read(sql => VectorIndex.Find(sql, question, MemoryKey.All, 10)).Select(hit => hit.Key)];

    private static async Task WriteChunks(MemoryRig rig)
    {
        var store = new VectorStore(rig.Database);
        foreach (var chunk in store.MissingChunks(100))
            await store.WriteChunk(chunk);
    }

    private async Task<Dictionary<long, float[]>> Fill(MemoryRig rig, string agent, int count)
    {
        await rig.Items.AddAll(agent, [.. Enumerable.Range(0, count).Select(i => new NewMemory($"memory {i} of {agent}"))]);
        var store = new VectorStore(rig.Database);
        var waiting = store.Waiting(count);
        var vectors = waiting.Select(_ => Unit(Length)).ToList();
        await store.Keep(waiting, vectors);
        return waiting.Zip(vectors).OrderBy(pair => pair.First.Key).ToDictionary(pair => pair.First.Key, pair => pair.Second);
    }

    private float[] Unit(int length)
    {
        var vector = Numbers(length);
        var size = MathF.Sqrt(vector.Sum(value => value * value));
        return [.. vector.Select(value => value / size)];
    }

    private float[] Numbers(int length) => [.. Enumerable.Range(0, length).Select(_ => (float)(_chance.NextDouble() + _chance.NextDouble() + _chance.NextDouble() - 1.5))];
}
