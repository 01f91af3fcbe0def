using System.Text;
using Fangd.Engine.Agents;
using Fangd.Engine.Memory;
using Fangd.Engine.Tools.Memory;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Server.Memory.Items;
using Fangd.Server.Memory.Vectors;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Memory;

/// <summary>
/// Memory around a turn of a kept session: what fits the message is recalled into its context, and what was said is noted after the
/// answer, where nobody waits for it. No model is asked for either.
/// </summary>
internal sealed partial class TurnMemory(MemorySpaces spaces, MemorySearch search, MemoryStore store, MemoryIndexer indexer, ILogger<TurnMemory> log)
{
    /// <summary>The source of what is noted by itself.</summary>
    public const string Source = "conversation";

    private const int MostRecalled = 5;

    /// <summary>Some of the hits may stand in the conversation anyway.</summary>
    private const int MostHits = 12;

    private const int MostRecalledChars = 1500;
    private const int MostNoteChars = 400;
    private const int MostQuestionChars = 2000;

    private const string Asked = "Asked: ";
    private const string Answered = "\nAnswered: ";
    private const int MostAskedChars = 500;
    private const int MostAnsweredChars = 700;

    /// <summary>"Yes", "thanks" and the like say nothing later.</summary>
    private const int LeastAskedChars = 12;

    /// <summary>A message waits no longer for the embedding of its question.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    /// <summary>At most five notes for the messages of a run; none without a query where the agent has no memories.</summary>
    /// <param name="agentId">Whose memories.</param>
    /// <param name="agent">Its manifest.</param>
    /// <param name="messages">What the run was asked.</param>
    /// <param name="history">What goes into the context anyway; a turn that stands there is not recalled too.</param>
    /// <param name="run">The run.</param>
    public ValueTask<IReadOnlyList<RecalledNote>> Recall(
        string agentId, AgentManifest agent, IReadOnlyList<LlmMessage> messages, IReadOnlyList<LlmMessage> history, CancellationToken run) =>
        agent.Memory.Recall && spaces.MayHold(agentId) && Question(messages) is { Length: > 0 } question
            ? Recall(agentId, agent, question, history, run)
            : ValueTask.FromResult<IReadOnlyList<RecalledNote>>([]);

    /// <summary>Notes a turn, for agents that may write memory and whose manifest does not turn it off.</summary>
    public void Note(string agentId, AgentManifest agent, IReadOnlyList<LlmMessage> messages, TurnResult result)
    {
        var patterns = agent.Capabilities.MemoryWrite;
        if (!(agent.Memory.Episodes && patterns.Count > 0 && MemoryKeys.Covers(patterns, NewMemory.UsualScope)) || result.IsSilent)
            return;
        var asked = Question(messages);
        if (asked.Length < LeastAskedChars || result.Text.Length == 0)
            return;
        // The same question again, as a schedule asks it every hour, renews the note and adds none.
        var note = new NewMemory($"{Asked}{OneLine(asked, MostAskedChars)}{Answered}{OneLine(result.Text, MostAnsweredChars)}")
        {
            Source = Source,
            Sameness = asked,
            Taint = result.Taint,
        };
        store.AddLater(agentId, note, failure => NotNoted(agentId, failure.Message));
        indexer.Wake();
    }

    private async ValueTask<IReadOnlyList<RecalledNote>> Recall(
        string agentId, AgentManifest agent, string question, IReadOnlyList<LlmMessage> history, CancellationToken run)
    {
        var readable = agent.Capabilities.MemoryRead;
        var query = new MemoryQuery(question, MostHits)
        {
            IsStrict = true,
            Patience = Patience,
            Scopes = scope => MemoryKeys.Covers(readable, scope),
        };
        var hits = await search.Search(agentId, query, run);
        var (notes, ids, left) = (new List<RecalledNote>(hits.Count), new List<string>(hits.Count), MostRecalledChars);
        HashSet<string>? inContext = null;
        foreach (var hit in hits)
        {
            if (hit.Source == Source && AskedIn(hit.Content) is { } asked && (inContext ??= AskedIn(history)).Contains(asked))
                continue;
            var note = OneLine(hit.Content, Math.Min(MostNoteChars, left));
            if (note.Length == 0 || notes.Count == MostRecalled)
                break;
            notes.Add(new RecalledNote(note, hit.Taint));
            ids.Add(hit.Id);
            left -= note.Length;
        }

        search.Touch(ids);
        return notes;
    }

    /// <summary>What the user wrote in these messages, the beginning of it.</summary>
    private static string Question(IReadOnlyList<LlmMessage> messages)
    {
        var text = new StringBuilder();
        foreach (var message in messages)
        {
            if (message.Role != LlmRole.User)
                continue;
            foreach (var part in message.Parts)
            {
                if (part is LlmText said && text.Length < MostQuestionChars)
                    text.Append(text.Length > 0 ? "\n" : "").Append(said.Text);
            }
        }

        return OneLine(text.ToString(), MostQuestionChars);
    }

    private static string? AskedIn(string note) =>
        note.StartsWith(Asked, StringComparison.Ordinal) && note.IndexOf(Answered, StringComparison.Ordinal) is > 0 and var end ? note[Asked.Length..end] : null;

    private static HashSet<string> AskedIn(IReadOnlyList<LlmMessage> history)
    {
        var asked = new HashSet<string>(StringComparer.Ordinal);
        foreach (var message in history)
        {
            if (message.Role == LlmRole.User)
                asked.Add(OneLine(Question([message]), MostAskedChars));
        }

        return asked;
    }

    /// <summary>Without line breaks, which could pass for structure of the prompt, and never cut within a character.</summary>
    private static string OneLine(string text, int most)
    {
        var line = new StringBuilder(Math.Min(text.Length, most));
        foreach (var symbol in text.AsSpan().Trim())
        {
            if (line.Length >= most)
                break;
            if (!char.IsWhiteSpace(symbol) && !char.IsControl(symbol))
                line.Append(symbol);
            else if (line.Length > 0 && line[^1] != ' ')
                line.Append(' ');
        }

        if (line.Length > 0 && char.IsHighSurrogate(line[^1]))
            line.Length--;
        return line.ToString();
    }

    [LoggerMessage(LogLevel.Debug, "A turn of agent {AgentId} was not noted: {Reason}")]
    private partial void NotNoted(string agentId, string reason);
}
