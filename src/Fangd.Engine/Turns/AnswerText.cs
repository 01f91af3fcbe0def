using System.Text;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Turns;

/// <summary>
/// The text of one model call while it streams. Shows each piece at once, but for a beginning that may become a silence marker
/// and, when <paramref name="offered"/> names tools, a passage that may be a printed tool call.
/// </summary>
internal sealed class AnswerText(IRunSink sink, bool mayBeSilence, IReadOnlyList<LlmTool>? offered)
{
    private string? _only;
    private StringBuilder? _all;
    private string? _held;
    private bool _mayBeSilence = mayBeSilence;
    private bool _holdAll;
    private bool _atLineStart = true;
    private int _shown;

    /// <summary>Everything that came so far.</summary>
    public string Text => _all?.ToString() ?? _only ?? "";

    public void Add(string piece)
    {
        if (piece.Length == 0)
            return;
        // Instant models and short answers come in one piece: no builder then.
        if (_only is null && _all is null)
            _only = piece;
        else
            (_all ??= new StringBuilder(_only, Math.Max(256, _only!.Length * 2))).Append(piece);

        if (_holdAll)
            return;
        if (_held is null && !_mayBeSilence && offered is null)
            Show(piece);
        else
            Sift(_held is null ? piece : _held + piece);
    }

    /// <summary>Shows what was held back; for an answer that is neither silence nor a printed call.</summary>
    public void Release()
    {
        var length = _all?.Length ?? _only?.Length ?? 0;
        if (_shown < length)
            Show(_all?.ToString(_shown, length - _shown) ?? _only![_shown..]);
    }

    /// <summary>Shows the part of <paramref name="remaining"/> (the answer without its printed calls) that was not shown yet.</summary>
    public void Release(string remaining)
    {
        if (remaining.Length > _shown && Text.AsSpan(0, _shown).SequenceEqual(remaining.AsSpan(0, _shown)))
            Show(remaining[_shown..]);
        _shown = Text.Length;
    }

    private void Sift(string waiting)
    {
        if (_mayBeSilence)
        {
            if (Silence.MayBecome(waiting))
            {
                _held = waiting;
                return;
            }
            _mayBeSilence = false;
        }
        _held = null;
        if (offered is null)
        {
            Show(waiting);
            return;
        }

        var from = 0;
        while (PrintedCallShape.NextStart(waiting, from, _atLineStart, offered) is >= 0 and var start)
        {
            var verdict = PrintedCallShape.Judge(waiting.AsSpan(start), offered);
            if (verdict != PrintedCallShape.Verdict.No)
            {
                _holdAll = verdict == PrintedCallShape.Verdict.Yes;
                if (start > 0)
                    Show(waiting[..start]);
                _held = start > 0 ? waiting[start..] : waiting;
                return;
            }
            from = start + 1;
            _atLineStart = false;
        }
        Show(waiting);
    }

    private void Show(string text)
    {
        _shown += text.Length;
        if (offered is not null)
            _atLineStart = text.AsSpan().TrimEnd(" \t\r").EndsWith("\n") || (_atLineStart && string.IsNullOrWhiteSpace(text));
        sink.Emit(new TextDelta(text));
    }
}
