namespace Fangd.Engine.Processes;

/// <summary>How a process ended: by a code or by a signal, never both.</summary>
public readonly record struct ProcessExit(int? Code, int? Signal)
{
    /// <summary>The code, or 128 and the signal, as shells say it.</summary>
    public int Status => Code ?? 128 + (Signal ?? 0);
}

/// <summary>Who ended a process.</summary>
public enum ProcessEnding
{
    /// <summary>It did, or a signal from elsewhere.</summary>
    Own,

    /// <summary>It took longer than its limit.</summary>
    TimedOut,

    /// <summary>It was silent for longer than its limit.</summary>
    Silent,
}

/// <summary>What a process left. The texts are valid Unicode whatever the bytes were.</summary>
/// <param name="Exit">How it ended.</param>
/// <param name="Ending">Who ended it.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
public sealed record ProcessResult(ProcessExit Exit, ProcessEnding Ending, CappedText Output, CappedText Error);

/// <summary>Text of which the middle may be missing; <paramref name="BytesCut"/> says how much.</summary>
public readonly record struct CappedText(string Text, long BytesCut)
{
    public bool IsCut => BytesCut > 0;
}
