using Fangd.Protocols.Llm;

namespace Fangd.Engine.Context;

/// <summary>What a compaction did. Nothing was done when <paramref name="Summarised"/> is 0.</summary>
public readonly record struct Compaction(int Summarised, int Kept, LlmUsage Usage = default, int ModelCalls = 0)
{
    /// <summary>No model could be had: the summary is a note with excerpts.</summary>
    public bool IsNoteOnly { get; init; }
}
