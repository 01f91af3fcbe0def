using Fangd.Protocols.Llm;

namespace Fangd.Engine.Context;

/// <summary>How much of a model's window a conversation takes, and what to leave out when it is too much. All estimates.</summary>
public static class ContextBudget
{
    /// <summary>From this share of the window on, a conversation is shortened or summarised.</summary>
    public const double Tight = 0.70;

    /// <summary>From this share on, only the last few messages are kept.</summary>
    public const double Full = 0.90;

    internal const int KeepWhenTight = 10;
    internal const int KeepWhenFull = 4;
    internal const int ShortResult = 2_000;

    private const int CharsPerToken = 4;
    private const int CharsPerMessage = 16;

    // Tool results are dense (paths, numbers, JSON): two characters a token.
    private const int ResultCharsPerToken = 2;

    // Providers charge an image by its tiles and not by its bytes: about a thousand tokens.
    private const int CharsPerImage = 4_000;

    /// <summary>Estimated tokens of a message.</summary>
    public static int Tokens(LlmMessage message) => (int)Math.Min(int.MaxValue, (Chars(message) + CharsPerToken - 1) / CharsPerToken);

    /// <summary>Estimated tokens of a conversation with the tools that are offered with it.</summary>
    public static int Tokens(IReadOnlyList<LlmMessage> messages, IReadOnlyList<LlmTool> tools)
    {
        long chars = 0;
        for (var i = 0; i < messages.Count; i++)
            chars += Chars(messages[i]);
        for (var i = 0; i < tools.Count; i++)
            chars += CharsPerMessage + tools[i].Name.Length + tools[i].Description.Length + tools[i].Schema.Length;
        return (int)Math.Min(int.MaxValue, chars / CharsPerToken);
    }

    /// <summary>Most characters of one tool result when it arrives: 30 % of the window.</summary>
    public static int ResultLimit(int window) => Share(window, 0.30);

    internal static int LargestResult(int window) => Share(window, 0.50);

    internal static int AllResults(int window) => Share(window, 0.75);

    /// <summary>
    /// Where a history of at most <paramref name="most"/> messages begins: at a user message, so that no tool call is parted from
    /// its results, and never behind <paramref name="turnStart"/>, where the run's own messages begin. Looks at no more than
    /// <paramref name="most"/> messages however long the conversation is.
    /// </summary>
    public static int HistoryStart(IReadOnlyList<LlmMessage> messages, int turnStart, int most)
    {
        var start = Math.Max(0, Math.Min(messages.Count - Math.Max(2, most), turnStart));
        if (start == 0)
            return 0;
        while (start < turnStart && messages[start].Role != LlmRole.User)
            start++;
        return start;
    }

    /// <summary>
    /// Cuts the middle out of a text that is longer than <paramref name="most"/> UTF-16 units and says how much is missing there.
    /// Never splits a surrogate pair.
    /// </summary>
    public static string Shorten(string text, int most)
    {
        if (text.Length <= most)
            return text;
        var note = $"\n[… {text.Length - most} or more characters left out …]\n";
        var room = Math.Max(0, most - note.Length);
        var head = SafeEnd(text, room * 2 / 3);
        var tail = SafeStart(text, text.Length - (room - room * 2 / 3));
        return most <= note.Length ? text[..SafeEnd(text, most)] : string.Concat(text.AsSpan(0, head), note, text.AsSpan(tail));
    }

    /// <summary>The largest cut at or before <paramref name="end"/> that is not inside a surrogate pair.</summary>
    internal static int SafeEnd(string text, int end) =>
        end > 0 && end < text.Length && char.IsLowSurrogate(text[end]) && char.IsHighSurrogate(text[end - 1]) ? end - 1 : end;

    private static int SafeStart(string text, int start) =>
        start > 0 && start < text.Length && char.IsLowSurrogate(text[start]) && char.IsHighSurrogate(text[start - 1]) ? start + 1 : start;

    private static int Share(int window, double share) => (int)Math.Min(int.MaxValue, window * share * ResultCharsPerToken);

    private static long Chars(LlmMessage message)
    {
        long chars = CharsPerMessage;
        var parts = message.Parts;
        for (var i = 0; i < parts.Count; i++)
        {
            // Thinking does not count: most providers never get it back.
            chars += parts[i] switch
            {
                LlmText text => text.Text.Length,
                LlmToolCall call => call.Name.Length + call.Arguments.Length,
                LlmToolResult result => result.Text.Length,
                LlmImage => CharsPerImage,
                _ => 0,
            };
        }
        return chars;
    }
}
