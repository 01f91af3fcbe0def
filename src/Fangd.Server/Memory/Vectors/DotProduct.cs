using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Fangd.Server.Memory.Vectors;

/// <summary>The sum of products of two vectors of one length, as wide as the processor is.</summary>
internal static class DotProduct
{
    public static float Of(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var a = MemoryMarshal.Cast<float, Vector<float>>(left);
        var b = MemoryMarshal.Cast<float, Vector<float>>(right);
        var sum = Vector<float>.Zero;
        for (var i = 0; i < a.Length && i < b.Length; i++)
            sum += a[i] * b[i];
        var total = Vector.Sum(sum);
        for (var i = a.Length * Vector<float>.Count; i < left.Length; i++)
            total += left[i] * right[i];
        return total;
    }

    /// <summary>Of numbers from -127 to 127: two products fit into 16 bits together, so only their sum is widened.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Of(ReadOnlySpan<sbyte> left, ReadOnlySpan<sbyte> right)
    {
        var a = MemoryMarshal.Cast<sbyte, Vector<sbyte>>(left);
        var b = MemoryMarshal.Cast<sbyte, Vector<sbyte>>(right);
        var sum = Vector<int>.Zero;
        for (var i = 0; i < a.Length && i < b.Length; i++)
        {
            Vector.Widen(a[i], out var lowA, out var highA);
            Vector.Widen(b[i], out var lowB, out var highB);
            Vector.Widen((lowA * lowB) + (highA * highB), out var low, out var high);
            sum += low + high;
        }

        var total = Vector.Sum(sum);
        for (var i = a.Length * Vector<sbyte>.Count; i < left.Length; i++)
            total += left[i] * right[i];
        return total;
    }
}
