using Fangd.Protocols.Llm;

namespace Fangd.Engine.Turns;

/// <summary>The conversation of one run: a kept session, or the messages that a request brought.</summary>
public interface IConversation
{
    /// <summary>The messages so far, oldest first, without system messages: a kept session's newest ones, after its summary if it has one.</summary>
    IReadOnlyList<LlmMessage> Messages { get; }

    /// <summary>What was summarised away, or null.</summary>
    string? Summary { get; }

    /// <summary>What was summarised away was tainted with this.</summary>
    TaintLabels SummaryTaint => TaintLabels.None;

    /// <summary>Appends messages in order; they are durable when this returns. <see cref="Messages"/> then ends with them.</summary>
    ValueTask Append(IReadOnlyList<LlmMessage> messages, CancellationToken run);

    /// <summary>Replaces all but the newest <paramref name="keep"/> messages by a summary, in one transaction.</summary>
    ValueTask Compact(string summary, int keep, CancellationToken run);
}
