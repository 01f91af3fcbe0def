using System.Text;
using Fangd.Blake3;

namespace Fangd.UnitTests.Blake3;

public sealed class Blake3HashTests
{
    private const string Context = "BLAKE3 2019-12-27 16:29:52 test vectors context";

    private static readonly byte[] _key = Encoding.ASCII.GetBytes("whats the Elvish word for friend");

    [Theory]
    [InlineData("", "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262")]
    [InlineData("abc", "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85")]
    public void Known_texts_have_their_known_hashes(string text, string expected)
    {
        var hash = new byte[Blake3Hash.Size];
        Blake3Hash.Compute(Encoding.UTF8.GetBytes(text), hash);
        Assert.Equal(expected, Convert.ToHexStringLower(hash));
    }

    [Theory]
    [InlineData(0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262", "92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26", "2cc39783c223154fea8dfb7c1b1660f2ac2dcbd1c1de8277b0b0dd39b7e50d7d")]
    [InlineData(1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444", "357dc55de0c7e382c900fd6e320acc04146be01db6a8ce7210b7189bd664ea69", "effaa245f065fbf82ac186839a249707c3bddf6d3fdda22d1b95a3c970379bcb")]
    [InlineData(8192, "aae792484c8efe4f19e2ca7d371d8c467ffb10748d8a5a1ae579948f718a2a63", "dc9637c8845a770b4cbf76b8daec0eebf7dc2eac11498517f08d44c8fc00d58a", "ad01d7ae4ad059b0d33baa3c01319dcf8088094d0359e5fd45d6aeaa8b2d0c3d")]
    [InlineData(31744, "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47", "efa53b389ab67c593dba624d898d0f7353ab99e4ac9d42302ee64cbf9939a419", "39772aef80e0ebe60596361e45b061e8f417429d529171b6764468c22928e28e")]
    public void Patterns_of_known_length_have_their_known_hashes(int length, string expected, string keyed, string derived)
    {
        var hash = new byte[Blake3Hash.Size];
        Blake3Hash.Compute(Pattern.Of(length), hash);
        Assert.Equal(expected, Convert.ToHexStringLower(hash));
        Blake3Hash.Keyed(_key, Pattern.Of(length), hash);
        Assert.Equal(keyed, Convert.ToHexStringLower(hash));
        Blake3Hash.DeriveKey(Context, Pattern.Of(length), hash);
        Assert.Equal(derived, Convert.ToHexStringLower(hash));
    }

    [Fact]
    public void With_and_without_vectors_a_block_compresses_to_the_same()
    {
        var chance = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var (chaining, message) = (Words(chance, 8), Words(chance, 16));
            uint[] vectors = new uint[16], words = new uint[16];
            var (counter, length, flags) = ((ulong)chance.NextInt64(), chance.Next(65), (uint)chance.Next(128));
            Compression.ByVectors(chaining, message, counter, length, flags, vectors);
            Compression.ByWords(chaining, message, counter, length, flags, words);
            Assert.Equal(words, vectors);
        }
    }

    [Fact]
    public void With_and_without_lanes_inputs_around_whole_groups_of_chunks_hash_to_the_same()
    {
        foreach (var groups in (int[])[1, 2, 3, 5, 8, 17])
        {
            foreach (var more in (int[])[-1025, -1, 0, 1, 1024, 3000])
            {
                var input = Pattern.Of((groups * ChunkLanes.Size) + more);
                byte[] wide = new byte[32], narrow = new byte[32];
                var lanes = new TreeHasher(Compression.Initial, 0, usesLanes: true);
                lanes.Add(input);
                lanes.Finish(wide);
                var single = new TreeHasher(Compression.Initial, 0, usesLanes: false);
                single.Add(input);
                single.Finish(narrow);
                Assert.Equal(narrow, wide);
            }
        }
    }

    [Fact]
    public void Finishing_changes_nothing_so_more_can_follow()
    {
        var input = Pattern.Of(5000);
        byte[] half = new byte[32], whole = new byte[32], expected = new byte[32];
        var hasher = new Blake3Hasher();
        hasher.Add(input.AsSpan(0, 2500));
        hasher.Finish(half);
        hasher.Add(input.AsSpan(2500));
        hasher.Finish(whole);
        Blake3Hash.Compute(input.AsSpan(0, 2500), expected);
        Assert.Equal(expected, half);
        Blake3Hash.Compute(input, expected);
        Assert.Equal(expected, whole);
    }

    [Fact]
    public void Hashes_of_any_length_allocate_nothing()
    {
        var output = new byte[32];
        var input = Pattern.Of(10_000);
        Hash(input, output);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Hash(input, output);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void A_key_of_another_length_is_refused(int length) =>
        Assert.Throws<ArgumentException>(() => Blake3Hash.Keyed(new byte[length], [], new byte[32]));

    private static void Hash(byte[] input, byte[] output)
    {
        Blake3Hash.Compute(input.AsSpan(0, 200), output);
        Blake3Hash.Compute(input, output);
        Blake3Hash.Keyed(_key, input.AsSpan(0, 200), output);
    }

    private static uint[] Words(Random chance, int count) => [.. Enumerable.Range(0, count).Select(_ => (uint)chance.NextInt64(1L << 32))];
}
