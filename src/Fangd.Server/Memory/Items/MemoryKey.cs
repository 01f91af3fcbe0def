namespace Fangd.Server.Memory.Items;

/// <summary>
/// Keys of memories: the number of the agent's space above, a number that grows below. One agent's memories are one range of keys, so that
/// no search costs more because other agents remember much.
/// </summary>
internal static class MemoryKey
{
    public static readonly KeyRange All = new(0, long.MaxValue);

    public static long Of(long space, long number) => (space << 32) | number;

    public static KeyRange RangeOf(long space) => new(space << 32, (space << 32) | uint.MaxValue);
}

/// <summary>Keys from <paramref name="First"/> to <paramref name="Last"/>, both included.</summary>
internal readonly record struct KeyRange(long First, long Last);
