using System.Text;

namespace Fangd.Protocols.Llm;

/// <summary>
/// Stands between the deltas of a model and those who watch: ordinary text passes at once, what may be a printed tool call is held back until
/// it is known to be none or the answer is complete. Without tools everything passes. Not safe for concurrent use.
/// </summary>
public sealed class TextToolCallHold(IReadOnlyList<LlmTool> tools)
{
    private readonly StringBuilder held = new();
    private bool isLineStart = true;
    private bool isOpen;

    /// <summary>Takes the next delta and returns what may be shown now, possibly nothing.</summary>
    public string Append(string delta)
    {
        if (tools.Count == 0 || delta.Length == 0) return delta;
        if (isOpen)
        {
            // Nothing is decided before the end, so nothing is looked at again.
            held.Append(delta);
            return held.Length <= TextToolCalls.MaxText ? "" : Release();
        }

        var text = held.Length == 0 ? delta : held.Append(delta).ToString();
        var (index, chance) = TextToolCallPrefix.Find(text, isLineStart, tools);
        held.Clear();
        held.Append(text, index, text.Length - index);
        isOpen = chance == TextToolCallPrefix.Chance.Opened;
        isLineStart = TextToolCallPrefix.IsLineStart(text.AsSpan(0, index), isLineStart);
        return index == text.Length ? text : text[..index];
    }

    /// <summary>The answer is complete: the calls in what was held, and the held text that is none, which is still to be shown.</summary>
    public TextToolCallResult Finish(Func<string> newId) => TextToolCalls.Recover(Release(), tools, newId);

    private string Release()
    {
        var text = held.ToString();
        held.Clear();
        isOpen = false;
        return text;
    }
}
