using Fangd.Engine.Tools;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Taint;

/// <summary>A text of a run's context that is tainted; <paramref name="From"/> says where it stands. A digest was made of other texts.</summary>
internal sealed record TaintedText(string Text, TaintLabels Labels, string From, bool IsDigest = false);

/// <summary>
/// What the context of a run is tainted with, and what a text takes along when it leaves it: into memory, to another agent, into a summary.
/// Where a text came from spreads to everything that is made in its presence, because a model writes in other words what it has read. What is
/// confidential spreads only with the words themselves: otherwise one secret in a conversation would keep all of it from ever being used.
/// </summary>
public static class ContextTaint
{
    public const TaintLabels Foreign = TaintLabels.ExternalNetwork | TaintLabels.UserInput | TaintLabels.UntrustedAgent;

    internal const TaintLabels Confidential = TaintLabels.Secret | TaintLabels.Pii;

    /// <summary>Secrets and facts about people are short.</summary>
    internal const int Mentioned = 12;

    /// <summary>All labels of the first <paramref name="count"/> messages.</summary>
    public static TaintLabels Of(IReadOnlyList<LlmMessage> messages, int count)
    {
        var labels = TaintLabels.None;
        for (var i = 0; i < count; i++)
        {
            foreach (var part in messages[i].Parts)
                labels |= LabelsOf(part);
        }

        return labels;
    }

    /// <summary>Where what a model was shown came from: messages, the summary before them, and what was recalled.</summary>
    public static TaintLabels ForeignOf(IReadOnlyList<LlmMessage> messages, TaintLabels summary, IReadOnlyList<RecalledNote> recalled)
    {
        var labels = Of(messages, messages.Count) | summary;
        for (var i = 0; i < recalled.Count; i++)
            labels |= recalled[i].Taint;
        return labels & Foreign;
    }

    /// <summary>The labels that texts take along which an agent hands on.</summary>
    public static TaintLabels Carried(ToolScope scope, params ReadOnlySpan<string?> texts)
    {
        var labels = TaintLabels.None;
        foreach (var text in texts)
        {
            if (text is not null && PersonalData.Find(text).Count > 0)
                labels |= TaintLabels.Pii;
        }

        foreach (var piece in Pieces(scope))
        {
            labels |= piece.Labels & Foreign;
            if ((piece.Labels & Confidential & ~labels) is var kept and not TaintLabels.None && Repeats(texts, piece.Text))
                labels |= kept;
        }

        return labels;
    }

    internal static IEnumerable<TaintedText> Pieces(ToolScope scope)
    {
        if (scope.Conversation is { Summary: { } summary, SummaryTaint: not TaintLabels.None } summarised)
            yield return new TaintedText(summary, summarised.SummaryTaint, "the summary of the conversation", IsDigest: true);
        foreach (var note in scope.Recalled)
        {
            if (note.Taint != TaintLabels.None)
                yield return new TaintedText(note.Text, note.Taint, "memory", IsDigest: true);
        }

        foreach (var message in scope.Conversation?.Messages ?? [])
        {
            foreach (var part in message.Parts)
            {
                switch (part)
                {
                    case LlmToolResult { Taint: not TaintLabels.None } result:
                        yield return new TaintedText(result.Text, result.Taint, result.Name);
                        break;
                    case LlmText { Taint: not TaintLabels.None } text:
                        yield return new TaintedText(text.Text, text.Taint, "a message");
                        break;
                }
            }
        }
    }

    private static TaintLabels LabelsOf(LlmPart part) => part switch
    {
        LlmToolResult result => result.Taint,
        LlmText text => text.Taint,
        _ => TaintLabels.None,
    };

    private static bool Repeats(ReadOnlySpan<string?> texts, string tainted)
    {
        foreach (var text in texts)
        {
            if (text is not null && TextOverlap.Exists(text, tainted, Mentioned))
                return true;
        }

        return false;
    }
}
