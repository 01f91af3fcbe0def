using Fangd.Engine.Taint;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Server.Sessions;

namespace Fangd.Server.Runs;

/// <summary>Opens a session's conversation outside of a run: to compact it.</summary>
internal sealed class StoredConversations(SessionStore sessions)
{
    /// <summary>Most messages that one compaction looks at; older ones leave the context unsummarised.</summary>
    public const int MostForCompaction = 2000;

    public IConversation Open(SessionRef session, int most)
    {
        var head = sessions.Head(session.Key) ?? throw new SessionGoneException();
        return new Stored(sessions, session, head, [.. sessions.Tail(session.Key, head.ContextFrom, most).Select(m => m.Message)]);
    }

    private sealed class Stored(SessionStore sessions, SessionRef session, SessionHead head, List<LlmMessage> messages) : IConversation
    {
        public IReadOnlyList<LlmMessage> Messages => messages;

        public string? Summary { get; private set; } = head.Summary;

        public TaintLabels SummaryTaint { get; private set; } = head.SummaryTaint;

        public ValueTask Append(IReadOnlyList<LlmMessage> appended, CancellationToken run) =>
            throw new InvalidOperationException("this conversation is open to be compacted, not to go on");

        public async ValueTask Compact(string compacted, int keep, CancellationToken run)
        {
            var removed = Math.Max(0, messages.Count - keep);
            var taint = SummaryTaint | ContextTaint.Of(messages, removed);
            await sessions.Compact(session.Key, compacted, taint, keep);
            messages.RemoveRange(0, removed);
            (Summary, SummaryTaint) = (compacted, taint);
        }
    }
}
