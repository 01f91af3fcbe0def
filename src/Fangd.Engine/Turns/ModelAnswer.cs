using System.Text;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Turns;

/// <summary>What one model call says, as it streams and when it is complete. One use.</summary>
internal sealed class ModelAnswer(IRunSink sink, bool mayBeSilence, IReadOnlyList<LlmTool> offered)
{
    private readonly AnswerText _text = new(sink, mayBeSilence, offered);
    private List<LlmToolCall>? _calls;
    private StringBuilder? _thinking;
    private List<LlmReasoning>? _blocks;
    private LlmStop? _stop;
    private string? _final;

    /// <summary>The text so far; after <see cref="Complete"/> without the calls that were printed in it.</summary>
    public string Text => _final ?? _text.Text;

    public IReadOnlyList<LlmToolCall> Calls { get; private set; } = [];

    /// <summary>What the model thought, in the blocks that its provider made of it; one where it made none.</summary>
    public IReadOnlyList<LlmReasoning> Thinking
    {
        get
        {
            IReadOnlyList<LlmReasoning> blocks = _blocks ?? [];
            return _thinking is { Length: > 0 } open ? [.. blocks, new LlmReasoning(open.ToString())] : blocks;
        }
    }

    /// <summary>Null when the provider counted nothing.</summary>
    public LlmUsage? Usage { get; private set; }

    /// <summary>The model that answers in place of the one that was asked, or null.</summary>
    public LlmModelName? AnsweredBy { get; private set; }

    public LlmStop Stop => _stop ?? LlmStop.EndTurn;

    /// <summary>Whether the call came to its end: its text is then part of the answer.</summary>
    public bool IsCounted => _final is not null;

    public bool IsEmpty => _calls is null && Text.Length == 0;

    public void Take(LlmEvent happened)
    {
        switch (happened.Kind)
        {
            case LlmEventKind.TextDelta:
                _text.Add(happened.Text ?? "");
                break;
            case LlmEventKind.ReasoningDelta:
                Think(happened.Text ?? "");
                break;
            case LlmEventKind.ReasoningEnd:
                EndThought(happened.Text);
                break;
            case LlmEventKind.ToolCall:
                (_calls ??= []).Add(happened.Call!);
                break;
            case LlmEventKind.Usage:
                Usage = happened.Usage;
                break;
            case LlmEventKind.Model:
                AnsweredBy = happened.Model;
                break;
            case LlmEventKind.Stop:
                _stop = happened.Stop;
                break;
        }
    }

    /// <summary>Shows what was held back. Throws when the stream had no end mark: half an answer is not an answer.</summary>
    public void Complete()
    {
        if (_stop is null)
            throw new LlmException(LlmFault.Interrupted, "The model's answer broke off before its end.");
        if (_calls is not null)
        {
            _final = _text.Complete();
            Calls = _calls;
            return;
        }
        _final = _text.Complete(out var printed);
        Calls = printed;
    }

    private void Think(string thought)
    {
        if (thought.Length == 0)
            return;
        // Wanted back only together with tool calls, and only tool users get there.
        if (offered.Count > 0)
            (_thinking ??= new StringBuilder()).Append(thought);
        sink.Emit(new ThinkingDelta(thought));
    }

    private void EndThought(string? signature)
    {
        if (offered.Count == 0)
            return;
        (_blocks ??= []).Add(new LlmReasoning(_thinking?.ToString() ?? "", signature));
        _thinking?.Clear();
    }
}
