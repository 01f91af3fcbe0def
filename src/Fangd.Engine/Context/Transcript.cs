using System.Text;
using System.Text.RegularExpressions;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Context;

/// <summary>Messages as plain text for a summary: no base64, no text that poses as another speaker.</summary>
internal static partial class Transcript
{
    private const int LongestResult = 4_000;

    /// <summary>Writes the first <paramref name="count"/> messages in pieces of at most <paramref name="most"/> characters each.</summary>
    public static List<string> Pieces(IReadOnlyList<LlmMessage> messages, int count, int most)
    {
        var pieces = new List<string>();
        var piece = new StringBuilder();
        for (var i = 0; i < count; i++)
        {
            var text = Clean(Line(messages[i]));
            for (var from = 0; from < text.Length;)
            {
                if (piece.Length > 0 && piece.Length + (text.Length - from) > most)
                {
                    pieces.Add(piece.ToString());
                    piece.Clear();
                }
                var end = ContextBudget.SafeEnd(text, Math.Min(text.Length, from + most));
                piece.Append(text, from, end - from);
                from = end;
            }
        }
        if (piece.Length > 0)
            pieces.Add(piece.ToString());
        return pieces;
    }

    /// <summary>Replaces base64 runs over 1,000 characters and breaks marks by which a text could pose as instructions.</summary>
    public static string Clean(string text) =>
        Injection().Replace(Base64().Replace(text, "[base64 data left out]"), static found => $"({found.Value.Trim('<', '>', '|', '[', ']', '/', '#', ' ', ':')})");

    private static string Line(LlmMessage message)
    {
        var line = new StringBuilder();
        foreach (var part in message.Parts)
        {
            switch (part)
            {
                case LlmText text:
                    line.Append(message.Role == LlmRole.User ? "User: " : "Assistant: ").Append(text.Text).Append('\n');
                    break;
                case LlmImage:
                    line.Append("User: [image]\n");
                    break;
                case LlmToolCall call:
                    line.Append("Assistant called ").Append(call.Name).Append(' ').Append(ContextBudget.Shorten(call.Arguments, LongestResult)).Append('\n');
                    break;
                case LlmToolResult result:
                    line.Append(result.IsError ? "Failed " : "Result of ").Append(result.Name).Append(": ")
                        .Append(ContextBudget.Shorten(result.Text, LongestResult)).Append('\n');
                    break;
            }
        }
        return line.ToString();
    }

    [GeneratedRegex("[A-Za-z0-9+/_-]{1000,}={0,2}")]
    private static partial Regex Base64();

    [GeneratedRegex(
        @"<\|[a-z_]{2,24}\|>|\[/?INST\]|<</?SYS>>|</?s>|^\s*#{2,}\s*(?:system|instruction|human|assistant)\s*:|(?:ignore|disregard|forget) (?:all )?(?:the |your )?(?:previous|prior|above|earlier) (?:instructions|prompts?)|you are now (?:in )?(?:developer|dan|jailbreak)\b[^\n]{0,20}|</?(?:system|assistant|instructions)>",
        RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex Injection();
}
