using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Fangd.Engine.Turns;

/// <summary>What the loop guard says to a tool call.</summary>
public enum LoopAction
{
    Allow,
    /// <summary>Run it, and add <see cref="LoopVerdict.Text"/> to the result.</summary>
    Warn,
    /// <summary>Do not run it; <see cref="LoopVerdict.Text"/> is the result.</summary>
    Block,
    /// <summary>End the run with <see cref="LoopVerdict.Text"/>.</summary>
    Break,
}

public readonly record struct LoopVerdict(LoopAction Action, string? Text = null)
{
    public static readonly LoopVerdict Allow = new(LoopAction.Allow);
}

/// <summary>
/// Notices that a run goes round in circles: the same call again and again, the same call with the same outcome, two or three
/// calls in turn, or too many calls at all. One a run; not safe for concurrent use.
/// </summary>
public sealed class LoopGuard(int maxIterations)
{
    private const int WarnAt = 3;
    private const int BlockAt = 5;
    private const int SameOutcomeWarnAt = 2;
    private const int SameOutcomeBlockAt = 3;
    private const int WarningsUntilBlock = 3;
    private const int PollFactor = 3;
    private const int HistoryLength = 30;
    private const int Repeats = 3;

    private static readonly int[] BackoffSeconds = [5, 10, 30, 60];
    private static readonly string[] PollWords = ["status", "poll", "wait"];
    private static readonly string[] PollCommands = ["docker ps", "docker logs", "kubectl get", "tail ", "pgrep", "journalctl", "squeue"];

    private readonly int _mostCalls = maxIterations > 30 ? maxIterations * 3 : 30;
    private readonly Dictionary<UInt128, CallRecord> _records = [];
    private readonly UInt128[] _history = new UInt128[HistoryLength];
    private int _calls;

    /// <summary>Judges a call before it runs and counts it.</summary>
    public LoopVerdict Check(string tool, JsonElement arguments, out UInt128 key)
    {
        key = KeyOf(tool, arguments, out var isPoll);
        if (_calls >= _mostCalls)
            return new(LoopAction.Break, $"The agent made {_mostCalls} tool calls without coming to an answer, so the run was ended.");
        _history[_calls++ % HistoryLength] = key;

        if (!_records.TryGetValue(key, out var record))
            _records[key] = record = new CallRecord(isPoll ? PollFactor : 1);
        record.Count++;

        if (record.IsSameOutcomeBlocked)
            return new(LoopAction.Block, $"Not run: this call of {tool} gave the same result {record.SameOutcome} times. Use that result or try something else.");
        if (record.Count >= BlockAt * record.Factor)
            return new(LoopAction.Block, $"Not run: {tool} was called {record.Count} times with the same arguments. Try something else or answer with what you have.");
        if (GoesRound(2) || GoesRound(3))
            return new(LoopAction.Block, $"Not run: the same calls repeat in turn, {tool} among them. Try something else or answer with what you have.");
        return record.Count >= WarnAt * record.Factor ? Warn(tool, record) : LoopVerdict.Allow;
    }

    /// <summary>Takes the outcome of a call that ran; the verdict is <see cref="LoopAction.Allow"/> or <see cref="LoopAction.Warn"/>.</summary>
    public LoopVerdict Record(string tool, UInt128 key, string outcome)
    {
        if (!_records.TryGetValue(key, out var record))
            return LoopVerdict.Allow;
        var hash = Hash(Encoding.UTF8.GetBytes(outcome));
        if (record.SameOutcome > 0 && record.Outcome == hash)
            record.SameOutcome++;
        else
            (record.Outcome, record.SameOutcome) = (hash, 1);
        return record.SameOutcome >= SameOutcomeWarnAt * record.Factor && !record.IsSameOutcomeBlocked
            ? new(LoopAction.Warn, $"This call of {tool} gave the same result as before; calling it again will not change that.")
            : LoopVerdict.Allow;
    }

    private static LoopVerdict Warn(string tool, CallRecord record)
    {
        if (++record.Warnings > WarningsUntilBlock)
            return new(LoopAction.Block, $"Not run: {tool} was called with the same arguments after {WarningsUntilBlock} warnings. Try something else.");
        return record.Factor == 1
            ? new(LoopAction.Warn, $"{tool} was called {record.Count} times with the same arguments. Do not repeat it without need.")
            : new(LoopAction.Warn,
                $"{tool} was asked {record.Count} times. Wait {BackoffSeconds[Math.Min(record.Warnings - 1, BackoffSeconds.Length - 1)]} seconds before asking again.");
    }

    /// <summary>Whether the last calls are a pattern of <paramref name="length"/> different calls, three times over.</summary>
    private bool GoesRound(int length)
    {
        if (_calls < length * Repeats)
            return false;
        for (var back = 1; back <= length * (Repeats - 1); back++)
            if (Past(back) != Past(back + length))
                return false;
        // The same call throughout is for the counters above.
        return Past(1) != Past(2);
    }

    private UInt128 Past(int back) => _history[(_calls - back) % HistoryLength];

    private static UInt128 KeyOf(string tool, JsonElement arguments, out bool isPoll)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        buffer.Write(Encoding.UTF8.GetBytes(tool));
        buffer.Write("\0"u8);
        var named = buffer.WrittenCount;
        using (var writer = new Utf8JsonWriter(buffer))
            ToolArguments.WriteCanonical(arguments, writer);
        isPoll = IsPoll(tool, buffer.WrittenSpan[named..]);
        return Hash(buffer.WrittenSpan);
    }

    private static bool IsPoll(string tool, ReadOnlySpan<byte> arguments)
    {
        // A long text that has the word "wait" somewhere is not a question for a status.
        if (arguments.Length > 300)
            return false;
        var text = Encoding.UTF8.GetString(arguments);
        foreach (var word in PollWords)
            if (text.Contains(word, StringComparison.OrdinalIgnoreCase))
                return true;
        if (!tool.Contains("shell", StringComparison.Ordinal))
            return false;
        foreach (var command in PollCommands)
            if (text.Contains(command, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    // Half of a SHA-256: a collision, which would block a call wrongly, will not be seen.
    private static UInt128 Hash(ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, digest);
        return BinaryPrimitives.ReadUInt128LittleEndian(digest);
    }

    private sealed class CallRecord(int factor)
    {
        public int Factor => factor;
        public int Count;
        public int Warnings;
        public UInt128 Outcome;
        public int SameOutcome;

        public bool IsSameOutcomeBlocked => SameOutcome >= SameOutcomeBlockAt * factor;
    }
}
