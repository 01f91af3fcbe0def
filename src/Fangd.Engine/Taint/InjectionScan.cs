using System.Buffers;

namespace Fangd.Engine.Taint;

/// <summary>
/// A keyword screen for texts from outside that try to give orders to the model. It is no classifier: it finds the common phrases, and what
/// it misses is still marked as foreign and refused at the sinks.
/// </summary>
public static class InjectionScan
{
    private static readonly string[] _phrases =
    [
        "ignore previous instructions",
        "ignore all previous",
        "ignore the above",
        "ignore all instructions",
        "ignore your instructions",
        "disregard previous",
        "disregard all previous",
        "disregard the above",
        "disregard your instructions",
        "forget your instructions",
        "forget all previous",
        "forget everything above",
        "you are now ",
        "new instructions:",
        "system prompt override",
        "override your instructions",
        "reveal your system prompt",
        "do not tell the user",
        "exfiltrate",
        "send all data",
        "forward all messages",
        "base64 encode and send",
        "<|im_start|>",
        "[/inst]",
    ];

    private static readonly SearchValues<string> _any = SearchValues.Create(_phrases, StringComparison.OrdinalIgnoreCase);

    /// <summary>The first such phrase in the text, or null. Linear in its length.</summary>
    public static string? Find(ReadOnlySpan<char> text)
    {
        var at = text.IndexOfAny(_any);
        if (at < 0)
            return null;
        foreach (var phrase in _phrases)
        {
            if (text[at..].StartsWith(phrase, StringComparison.OrdinalIgnoreCase))
                return phrase.Trim();
        }
        return null;
    }
}
