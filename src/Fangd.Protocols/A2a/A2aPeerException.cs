namespace Fangd.Protocols.A2a;

/// <summary>Another agent could not be reached, or its answer is not what the protocol says. The message may be shown to a person.</summary>
public sealed class A2aPeerException(string message, bool isNotSpoken = false, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The address does not speak this way, so nothing was done: another way may be tried.</summary>
    public bool IsNotSpoken => isNotSpoken;

    /// <summary>The other side has no such task.</summary>
    public bool IsTaskUnknown { get; init; }
}
