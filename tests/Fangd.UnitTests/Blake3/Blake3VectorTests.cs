using System.Text;
using System.Text.Json;
using Fangd.Blake3;

namespace Fangd.UnitTests.Blake3;

/// <summary>The official test vectors: every length, all three modes, extended output; whole, in pieces, with and without lanes.</summary>
public sealed class Blake3VectorTests
{
    private static string? VectorFile
    {
        get
        {
            if (Environment.GetEnvironmentVariable("FANGD_VECTORS") is { Length: > 0 } configured)
                return Existing(Path.Combine(configured, "blake3", "test_vectors.json"));

            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                if (Existing(Path.Combine(folder.FullName, "shared", "vectors", "blake3", "test_vectors.json")) is { } found)
                    return found;
            }

            return null;
        }
    }

    [Fact]
    public void Every_vector_comes_out_whole_and_in_pieces()
    {
        if (VectorFile is not { } file)
        {
            Assert.Skip("the BLAKE3 vectors are not here");
            return;
        }

        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        var key = Encoding.ASCII.GetBytes(document.RootElement.GetProperty("key").GetString()!);
        var context = document.RootElement.GetProperty("context_string").GetString()!;
        var count = 0;
        foreach (var vector in document.RootElement.GetProperty("cases").EnumerateArray())
        {
            var input = Pattern.Of(vector.GetProperty("input_len").GetInt32());
            var (hash, keyed, derived) = (Expected(vector, "hash"), Expected(vector, "keyed_hash"), Expected(vector, "derive_key"));
            var output = new byte[hash.Length];

            Blake3Hash.Compute(input, output);
            Assert.Equal(hash, output);
            Blake3Hash.Compute(input, output.AsSpan(0, 32));
            Assert.Equal(hash[..32], output[..32]);
            Blake3Hash.Keyed(key, input, output);
            Assert.Equal(keyed, output);
            Blake3Hash.DeriveKey(context, input, output);
            Assert.Equal(derived, output);

            foreach (var piece in (int[])[1, 63, 64, 65, 1000, 1024, 4096, 4097, 10_000])
            {
                Assert.Equal(hash, InPieces(new Blake3Hasher(), input, piece));
                Assert.Equal(hash, InPieces(new Blake3Hasher(Compression.Initial, 0, usesLanes: false), input, piece));
                Assert.Equal(keyed, InPieces(Blake3Hasher.Keyed(key), input, piece));
                Assert.Equal(derived, InPieces(Blake3Hasher.ForKey(context), input, piece));
            }

            count++;
        }

        Assert.Equal(35, count);
    }

    private static byte[] InPieces(Blake3Hasher hasher, ReadOnlySpan<byte> input, int size)
    {
        for (; !input.IsEmpty; input = input[Math.Min(size, input.Length)..])
            hasher.Add(input[..Math.Min(size, input.Length)]);
        var output = new byte[131];
        hasher.Finish(output);
        return output;
    }

    private static byte[] Expected(JsonElement vector, string mode) => Convert.FromHexString(vector.GetProperty(mode).GetString()!);

    private static string? Existing(string file) => File.Exists(file) ? file : null;
}
