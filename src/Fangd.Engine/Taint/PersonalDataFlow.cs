using Fangd.Engine.Tools;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Taint;

/// <summary>
/// Whether personal data in a call's arguments comes from this machine: from a file, a command, from memory. What the user wrote may go where
/// the user wants it, and what stands on the web is out already.
/// </summary>
internal static class PersonalDataFlow
{
    /// <summary>Where a value of the texts stands that must not leave, or null.</summary>
    public static string? Find(List<string> texts, ToolScope scope)
    {
        var values = Values(texts, PersonalData.Find);
        if (values.Count == 0)
            return null;
        var messages = scope.Conversation?.Messages ?? [];
        foreach (var message in messages)
        {
            foreach (var part in message.Parts)
            {
                if (message.Role == LlmRole.User && part is LlmText { Taint: TaintLabels.None } said)
                    values.ExceptWith(PersonalData.Find(said.Text));
            }
        }

        foreach (var message in messages)
        {
            foreach (var part in message.Parts)
            {
                if (part is LlmToolResult result && IsOfThisMachine(result.Taint) && values.Overlaps(PersonalData.Find(result.Text)))
                    return result.Name;
            }
        }

        foreach (var note in scope.Recalled)
        {
            if (values.Overlaps(PersonalData.Find(note.Text)))
                return "memory";
        }

        return scope.Conversation?.Summary is { } summary && values.Overlaps(PersonalData.Find(summary)) ? "the summary of the conversation" : null;
    }

    public static bool ShareAPlace(List<string> texts, string digest) => Values(texts, PersonalData.Places).Overlaps(PersonalData.Places(digest));

    private static bool IsOfThisMachine(TaintLabels labels) =>
        labels.HasFlag(TaintLabels.Pii) || (labels & (TaintLabels.ExternalNetwork | TaintLabels.UntrustedAgent)) == 0;

    private static HashSet<string> Values(List<string> texts, Func<string, HashSet<string>> find)
    {
        var values = new HashSet<string>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            values.UnionWith(find(text));
            // In the query of an address it may stand percent-encoded.
            if (text.Contains('%'))
                values.UnionWith(find(Uri.UnescapeDataString(text)));
        }

        return values;
    }
}
