using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;

namespace Fangd.TestKit;

/// <summary>A conversation in memory that remembers how it was written to.</summary>
public sealed class ListConversation(params LlmMessage[] messages) : IConversation
{
    private readonly List<LlmMessage> _messages = [.. messages];

    public IReadOnlyList<LlmMessage> Messages => _messages;

    public string? Summary { get; set; }

    public TaintLabels SummaryTaint { get; set; }

    /// <summary>The messages of each append, in order.</summary>
    public List<IReadOnlyList<LlmMessage>> Appends { get; } = [];

    /// <summary>Called before an append takes effect, with what is appended.</summary>
    public Action<IReadOnlyList<LlmMessage>>? OnAppend { get; set; }

    public ValueTask Append(IReadOnlyList<LlmMessage> messages, CancellationToken run)
    {
        run.ThrowIfCancellationRequested();
        OnAppend?.Invoke(messages);
        Appends.Add([.. messages]);
        _messages.AddRange(messages);
        return ValueTask.CompletedTask;
    }

    public ValueTask Compact(string summary, int keep, CancellationToken run)
    {
        Summary = summary;
        _messages.RemoveRange(0, _messages.Count - keep);
        return ValueTask.CompletedTask;
    }
}
