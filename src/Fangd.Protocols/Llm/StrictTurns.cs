namespace Fangd.Protocols.Llm;

/// <summary>Joins neighbours of one role, for models whose template wants user and assistant to take turns.</summary>
public static class StrictTurns
{
    public static IReadOnlyList<LlmMessage> Of(IReadOnlyList<LlmMessage> messages)
    {
        var turns = new List<LlmMessage>(messages.Count);
        foreach (var message in messages)
        {
            if (turns.Count > 0 && turns[^1].Role == message.Role && message.Role is LlmRole.User or LlmRole.Assistant)
                turns[^1] = new LlmMessage(message.Role, Join(turns[^1].Parts, message.Parts));
            else
                turns.Add(message);
        }

        return turns;
    }

    /// <summary>Where text meets text it becomes one part: small servers take only a plain string as content.</summary>
    public static IReadOnlyList<LlmPart> Join(IReadOnlyList<LlmPart> first, IReadOnlyList<LlmPart> second)
    {
        var parts = new List<LlmPart>(first.Count + second.Count);
        parts.AddRange(first);
        var from = 0;
        if (parts is [.., LlmText end] && second is [LlmText begin, ..])
        {
            parts[^1] = new LlmText(end.Text + "\n\n" + begin.Text);
            from = 1;
        }

        for (var i = from; i < second.Count; i++)
            parts.Add(second[i]);
        return parts;
    }
}
