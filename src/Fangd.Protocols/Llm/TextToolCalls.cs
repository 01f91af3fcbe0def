using System.Text;

namespace Fangd.Protocols.Llm;

/// <summary>The calls found in a text, and the text without them (exactly the given text when none was found).</summary>
public sealed record TextToolCallResult(IReadOnlyList<LlmToolCall> Calls, string Text);

/// <summary>
/// Tool calls that small models print as text. Fourteen forms are understood, and each only for a tool that was offered; everything else
/// stays text. Work is bounded by a multiple of the text's length.
/// </summary>
public static class TextToolCalls
{
    /// <summary>Longer texts are taken as they are, in characters.</summary>
    public const int MaxText = 256 * 1024;

    private static readonly string[] Envelopes =
        ["<tool_calls>", "</tool_calls>", "<function_calls>", "</function_calls>", "</tool_call>", "</tool_use>", "</function>", "[/TOOL_CALL]", "<|endofblock|>"];

    /// <summary>Takes the calls out of a complete answer. <paramref name="newId"/> makes their ids.</summary>
    public static TextToolCallResult Recover(string text, IReadOnlyList<LlmTool> tools, Func<string> newId)
    {
        if (tools.Count == 0 || text.Length is 0 or > MaxText || TextToolCallPrefix.Find(text, true, tools).Index == text.Length) return new([], text);

        var parser = new TextToolCallParser(text, tools);
        var rest = new StringBuilder();
        var copied = 0;
        var isLineStart = true;
        for (var i = 0; i < text.Length;)
        {
            var end = parser.TryCall(i, isLineStart);
            if (end > i)
            {
                rest.Append(text, copied, i - copied);
                copied = i = end;
                isLineStart = true;
                continue;
            }

            isLineStart = text[i] == '\n' || (isLineStart && char.IsWhiteSpace(text[i]));
            i++;
        }

        if (parser.Calls.Count == 0) return new([], text);
        rest.Append(text, copied, text.Length - copied);
        foreach (var envelope in Envelopes) rest.Replace(envelope, "");
        return new([.. parser.Calls.Select(c => new LlmToolCall(newId(), c.Name, c.Arguments))], rest.ToString().Trim());
    }

    /// <summary>Whether a text that begins like this, at the start of a line, may become a call of one of the tools.</summary>
    public static bool CouldBeToolCall(ReadOnlySpan<char> prefix, IReadOnlyList<LlmTool> tools)
    {
        prefix = prefix.TrimStart();
        return prefix.Length > 0 && tools.Count > 0 && TextToolCallPrefix.At(prefix, true, tools) != TextToolCallPrefix.Chance.None;
    }
}
