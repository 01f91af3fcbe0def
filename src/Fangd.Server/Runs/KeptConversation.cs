using Fangd.Engine.Taint;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Server.Sessions;
using Fangd.Server.Storage;

namespace Fangd.Server.Runs;

/// <summary>The conversation of a kept session: the newest messages are read once, and each append is committed before it returns.</summary>
internal sealed class KeptConversation : IConversation
{
    /// <summary>Read beyond the agent's history limit, so that trimming never begins between a tool call and its result.</summary>
    private const int Slack = 24;

    private readonly Database _database;
    private readonly SessionStore _sessions;
    private readonly Run _run;
    private readonly TimeProvider _time;
    private readonly List<LlmMessage> _messages;
    private bool _hasBegun;

    private KeptConversation(Database database, SessionStore sessions, Run run, TimeProvider time, List<LlmMessage> messages, SessionHead head)
    {
        _database = database;
        _sessions = sessions;
        _run = run;
        _time = time;
        _messages = messages;
        Summary = head.Summary;
        SummaryTaint = head.SummaryTaint;
    }

    public IReadOnlyList<LlmMessage> Messages => _messages;

    public string? Summary { get; private set; }

    public TaintLabels SummaryTaint { get; private set; }

    public static KeptConversation Load(Database database, SessionStore sessions, Run run, int history, TimeProvider time)
    {
        var key = run.Session!.Key;
        var head = sessions.Head(key) ?? throw new SessionGoneException();
        var tail = head.MessageCount == 0 ? [] : sessions.Tail(key, head.ContextFrom, history + Slack);
        var messages = new List<LlmMessage>(tail.Count + 4);
        foreach (var stored in tail)
            messages.Add(stored.Message);
        return new KeptConversation(database, sessions, run, time, messages, head);
    }

    public async ValueTask Append(IReadOnlyList<LlmMessage> messages, CancellationToken run)
    {
        var (now, key, isFirst) = (_time.GetUtcNow(), _run.Session!.Key, !_hasBegun);
        await _database.Write(sql =>
        {
            if (isFirst)
                RunStore.Begin(sql, _run, now);
            SessionStore.Append(sql, key, messages, now);
        });
        _hasBegun = true;
        _messages.AddRange(messages);
    }

    public async ValueTask Compact(string summary, int keep, CancellationToken run)
    {
        var removed = Math.Max(0, _messages.Count - keep);
        var taint = SummaryTaint | ContextTaint.Of(_messages, removed);
        await _sessions.Compact(_run.Session!.Key, summary, taint, keep);
        _messages.RemoveRange(0, removed);
        (Summary, SummaryTaint) = (summary, taint);
    }
}
