namespace Fangd.Protocols.Llm;

/// <summary>
/// A stretch of a conversation that is one message for providers whose user and assistant take turns: neighbours of one side, where results
/// of tools are the user's. Messages outside of it all (system, or without anything to send) are to be skipped within the stretch.
/// </summary>
internal readonly record struct LlmTurn(IReadOnlyList<LlmMessage> Messages, int Start, int End, bool IsAssistant)
{
    /// <summary>What the user says where a conversation would otherwise begin with the assistant, or with nobody.</summary>
    public const string Opening = "(The conversation opens with the assistant.)";

    /// <summary>The turn that begins at or behind <paramref name="at"/>, which moves behind its end; false when there is none.</summary>
    public static bool Next(IReadOnlyList<LlmMessage> messages, ref int at, out LlmTurn turn)
    {
        while (at < messages.Count && !IsSent(messages[at])) at++;
        var start = at;
        if (at == messages.Count)
        {
            turn = default;
            return false;
        }

        var isAssistant = messages[start].Role == LlmRole.Assistant;
        while (at < messages.Count && (!IsSent(messages[at]) || messages[at].Role == LlmRole.Assistant == isAssistant)) at++;
        turn = new LlmTurn(messages, start, at, isAssistant);
        return true;
    }

    /// <summary>The messages of the turn that have something to send.</summary>
    public Walk GetEnumerator() => new(Messages, Start, End);

    /// <summary>Whether a part can be sent at all: providers refuse blank texts.</summary>
    public static bool IsSent(LlmPart part) => part switch
    {
        LlmText text => !string.IsNullOrWhiteSpace(text.Text),
        LlmImage or LlmToolCall or LlmToolResult => true,
        _ => false,
    };

    /// <summary>All texts of the system messages, in order.</summary>
    public static IEnumerable<string> Systems(IReadOnlyList<LlmMessage> messages)
    {
        foreach (var message in messages)
        {
            if (message.Role == LlmRole.System && message.Text is { } text && !string.IsNullOrWhiteSpace(text)) yield return text;
        }
    }

    private static bool IsSent(LlmMessage message)
    {
        if (message.Role == LlmRole.System) return false;
        for (var i = 0; i < message.Parts.Count; i++)
        {
            if (IsSent(message.Parts[i])) return true;
        }

        return false;
    }

    /// <summary>The walk over a turn.</summary>
    public struct Walk(IReadOnlyList<LlmMessage> messages, int start, int end)
    {
        private int at = start - 1;

        public readonly LlmMessage Current => messages[at];

        public bool MoveNext()
        {
            while (++at < end)
            {
                if (IsSent(messages[at])) return true;
            }

            return false;
        }
    }
}
