namespace Fangd.Server.Providers.Embeddings;

/// <summary>Arithmetic of embeddings.</summary>
internal static class Vectors
{
    /// <summary>Scales a vector in place to length 1, so that a dot product is the cosine; one that is 0 or not finite becomes 0.</summary>
    public static float[] Normalise(float[] vector)
    {
        double sum = 0;
        foreach (var value in vector)
            sum += (double)value * value;
        var length = Math.Sqrt(sum);
        if (length == 0 || !double.IsFinite(length))
        {
            Array.Clear(vector);
            return vector;
        }

        for (var i = 0; i < vector.Length; i++)
            vector[i] = (float)(vector[i] / length);
        return vector;
    }
}
