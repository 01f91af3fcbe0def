using Fangd.Protocols.Llm;

namespace Fangd.Engine.Turns;

/// <summary>
/// Whether a text that is still growing may be a printed tool call. Only decides what is shown at once and what waits for the
/// end of the answer; too much caution costs a late delta, too little shows the user raw call syntax.
/// </summary>
internal static class PrintedCallShape
{
    public enum Verdict
    {
        No,
        Maybe,
        Yes,
    }

    private static readonly string[] Tags =
        ["<function", "<tool", "<|plugin|>", "<|tool", "<|python_tag|>", "<invoke", "<parameter", "[TOOL_CALL", "[tool_call", "[{\"name\"", "[ {"];

    private static readonly string[] Keys =
        ["\"name\"", "\"function\"", "\"tool\"", "\"tool_name\"", "\"tool_calls\"", "\"action\"", "\"arguments\"", "\"parameters\"", "\"type\"", "\"id\""];

    /// <summary>The next place from <paramref name="from"/> on where a call may begin, or -1.</summary>
    public static int NextStart(ReadOnlySpan<char> text, int from, bool atLineStart, IReadOnlyList<LlmTool> offered)
    {
        for (var i = from; i < text.Length; i++)
        {
            var c = text[i];
            if (c is '<' or '[' or '{' or '`')
                return i;
            if (atLineStart && (c == 'A' || BeginsName(c, offered)))
                return i;
            atLineStart = c == '\n' || (atLineStart && c is ' ' or '\t' or '\r');
        }
        return -1;
    }

    /// <summary>Judges a text that begins where <see cref="NextStart"/> pointed.</summary>
    public static Verdict Judge(ReadOnlySpan<char> text, IReadOnlyList<LlmTool> offered) => text[0] switch
    {
        '<' or '[' => AnyPrefix(text, Tags),
        '{' => JsonCall(text),
        '`' => Backticks(text, offered),
        _ => Larger(Prefix(text, "Action:"), NameThenJson(text, offered)),
    };

    private static Verdict Backticks(ReadOnlySpan<char> text, IReadOnlyList<LlmTool> offered)
    {
        if (text.Length < 3 && text.TrimStart('`').IsEmpty)
            return Verdict.Maybe;
        if (!text.StartsWith("```"))
            return text.Length == 1 ? Verdict.Maybe : NameThenJson(text[1..], offered);
        var line = text.IndexOf('\n');
        if (line < 0)
            return text.Length < 64 ? Verdict.Maybe : Verdict.No;
        var body = text[(line + 1)..].TrimStart();
        if (body.IsEmpty)
            return Verdict.Maybe;
        var label = text[3..line].Trim();
        if (body[0] == '{' && NameThenJson(label, offered) != Verdict.No && !label.IsEmpty)
            return Verdict.Yes;
        return body[0] is '{' ? JsonCall(body) : body[0] is '<' or '[' ? AnyPrefix(body, Tags) : NameThenJson(body, offered);
    }

    private static Verdict JsonCall(ReadOnlySpan<char> text)
    {
        var body = text[1..].TrimStart();
        return body.IsEmpty ? Verdict.Maybe : AnyPrefix(body, Keys);
    }

    /// <summary>An offered name followed by a JSON object or arguments in parentheses, on the same line or the next.</summary>
    private static Verdict NameThenJson(ReadOnlySpan<char> text, IReadOnlyList<LlmTool> offered)
    {
        var best = Verdict.No;
        for (var i = 0; i < offered.Count; i++)
        {
            var name = offered[i].Name.AsSpan();
            if (name.StartsWith(text))
                best = Larger(best, Verdict.Maybe);
            else if (text.StartsWith(name))
            {
                var rest = text[name.Length..].TrimStart(" \t\r\n:=");
                best = Larger(best, rest.IsEmpty ? Verdict.Maybe : rest[0] is '{' or '(' ? Verdict.Yes : Verdict.No);
            }
        }
        return best;
    }

    private static Verdict AnyPrefix(ReadOnlySpan<char> text, string[] candidates)
    {
        var best = Verdict.No;
        foreach (var candidate in candidates)
            best = Larger(best, Prefix(text, candidate));
        return best;
    }

    private static Verdict Prefix(ReadOnlySpan<char> text, ReadOnlySpan<char> candidate) =>
        text.StartsWith(candidate, StringComparison.OrdinalIgnoreCase) ? Verdict.Yes
        : candidate.StartsWith(text, StringComparison.OrdinalIgnoreCase) ? Verdict.Maybe
        : Verdict.No;

    private static Verdict Larger(Verdict a, Verdict b) => a > b ? a : b;

    private static bool BeginsName(char c, IReadOnlyList<LlmTool> offered)
    {
        for (var i = 0; i < offered.Count; i++)
            if (offered[i].Name[0] == c)
                return true;
        return false;
    }
}
