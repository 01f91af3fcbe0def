namespace Fangd.Server.Memory.Vectors;

/// <summary>A vector in bytes: each number as a share of the greatest, in 127ths. A quarter of the size, off by less than 1 % in a cosine.</summary>
internal static class VectorCode
{
    private const float Most = 127;

    /// <summary>Writes the code of a vector and returns what a product of codes is to be multiplied with for this one.</summary>
    public static float Write(ReadOnlySpan<float> vector, Span<sbyte> code)
    {
        var greatest = 0f;
        foreach (var value in vector)
            greatest = Math.Max(greatest, Math.Abs(value));
        if (greatest == 0)
        {
            code.Clear();
            return 0;
        }

        for (var i = 0; i < vector.Length; i++)
            code[i] = (sbyte)MathF.Round(vector[i] * (Most / greatest));
        return greatest / Most;
    }
}
