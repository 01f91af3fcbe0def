namespace Fangd.Bench;

internal static class Statistics
{
    /// <summary>The middle of sorted samples.</summary>
    public static double Median(ReadOnlySpan<double> sorted) =>
        sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;

    /// <summary>The middle of samples in any order, in milliseconds.</summary>
    public static double MedianMilliseconds(IEnumerable<TimeSpan> samples)
    {
        var sorted = samples.Select(sample => sample.TotalMilliseconds).Order().ToArray();
        return Median(sorted);
    }
}
