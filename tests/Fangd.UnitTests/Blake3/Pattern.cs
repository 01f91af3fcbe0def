namespace Fangd.UnitTests.Blake3;

/// <summary>The input of the official vectors: 0, 1, … 250, and again from 0.</summary>
internal static class Pattern
{
    public static byte[] Of(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i % 251))];
}
