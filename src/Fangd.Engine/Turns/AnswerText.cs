using System.Text;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Turns;

/// <summary>
/// The text of one model call while it streams. Shows each piece at once, but for a beginning that may become a silence marker
/// and, when tools are offered, a passage that may be a printed tool call.
/// </summary>
internal sealed class AnswerText(IRunSink sink, bool mayBeSilence, IReadOnlyList<LlmTool> offered)
{
    private readonly TextToolCallHold? _hold = offered.Count == 0 ? null : new(offered);
    private string? _only;
    private StringBuilder? _all;
    private bool _mayBeSilence = mayBeSilence;
    private int _shown;

    /// <summary>Everything that came so far.</summary>
    public string Text => _all?.ToString() ?? _only ?? "";

    private int Length => _all?.Length ?? _only?.Length ?? 0;

    public void Add(string piece)
    {
        if (piece.Length == 0)
            return;
        // Instant models and short answers come in one piece: no builder then.
        if (Length == 0)
            _only = piece;
        else
            (_all ??= new StringBuilder(_only, Math.Max(256, _only!.Length * 2))).Append(piece);

        if (_mayBeSilence)
        {
            // Nothing was shown yet, so this is the whole text, and at most as long as a marker with white space around it.
            piece = Text;
            if (Silence.MayBecome(piece))
                return;
            _mayBeSilence = false;
        }
        Show(_hold is null ? piece : _hold.Append(piece));
    }

    /// <summary>The text is complete and stands as it is: shows what was held back, unless all of it is a silence marker.</summary>
    public string Complete()
    {
        var text = Text;
        if (!_mayBeSilence || !Silence.Is(text))
            Show(text[_shown..]);
        return text;
    }

    /// <summary>
    /// The text is complete and may hold tool calls. Returns them, and shows and returns the text without them; with
    /// <paramref name="calls"/> empty it is the text as it is.
    /// </summary>
    public string Complete(out IReadOnlyList<LlmToolCall> calls)
    {
        calls = [];
        if (_hold is null || _mayBeSilence)
            return Complete();
        var shown = _shown;
        // What makes ids unique in the conversation is the same for all calls, see ToolRound.
        var found = _hold.Finish(static () => "");
        if (found.Calls.Count == 0)
            return Complete();
        calls = found.Calls;
        Show(found.Text);
        return Text[..shown] + found.Text;
    }

    private void Show(string text)
    {
        if (text.Length == 0)
            return;
        _shown += text.Length;
        sink.Emit(new TextDelta(text));
    }
}
