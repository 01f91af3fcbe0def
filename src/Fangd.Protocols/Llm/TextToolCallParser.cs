namespace Fangd.Protocols.Llm;

/// <summary>
/// Reads one printed tool call at a time, whichever of the usual ways it is printed in. Positions as in <see cref="TextCallScanner"/>; calls are
/// added only by forms that were read to their end.
/// </summary>
internal sealed class TextToolCallParser(string text, IReadOnlyList<LlmTool> tools)
{
    private readonly TextCallScanner scan = new(text, tools);
    private TagCallReader? tags;
    private BracketCallReader? brackets;

    public List<(string Name, string Arguments)> Calls => scan.Calls;

    /// <summary>Reads the call that begins exactly at <paramref name="at"/>.</summary>
    public int TryCall(int at, bool isLineStart)
    {
        var c = text[at];
        if (scan.IsSpent || (c is not ('<' or '[' or '`') && !isLineStart)) return -1;
        var before = Calls.Count;
        var end = c switch
        {
            '<' => (tags ??= new(scan)).Read(at),
            '[' => (brackets ??= new(scan)).Read(at, isLineStart),
            '`' => Backticks(at),
            '{' => scan.Json(at, isExplicit: false),
            _ => char.IsWhiteSpace(c) ? -1 : React(at) is var react and >= 0 ? react : scan.NameThenJson(at),
        };
        if (end < 0) Calls.RemoveRange(before, Calls.Count - before);
        return Calls.Count > before ? end : -1;
    }

    // A fenced block with a call or several, or `NAME {…}`.
    private int Backticks(int at)
    {
        if (!scan.Starts(at, "```"))
        {
            var end = scan.NameThenJson(at + 1);
            return end >= 0 && end < text.Length && text[end] == '`' ? end + 1 : -1;
        }

        var p = scan.Space(at + 3);
        if (OneInFence(p) is var first and >= 0)
        {
            p = scan.Space(first);
        }
        else
        {
            // The first word was the language.
            var newline = scan.Find('\n', at);
            if (newline < 0 || (p = OneInFence(scan.Space(newline + 1))) < 0) return -1;
            p = scan.Space(p);
        }

        while (p < text.Length && !scan.Starts(p, "```"))
        {
            var next = OneInFence(p);
            if (next < 0) return -1;
            p = scan.Space(next);
        }

        return scan.Optional(p, "```");
    }

    private int OneInFence(int at) => at >= text.Length ? -1 : text[at] is '{' or '[' ? scan.Json(at, isExplicit: false) : scan.NameThenJson(at);

    // Action: NAME, and on the next line Action Input: {…}
    private int React(int at)
    {
        if (!scan.Starts(at, "Action:")) return -1;
        var p = scan.Space(at + "Action:".Length);
        while (p < text.Length && text[p] is '`' or '[' or '*') p++;
        var (tool, after) = scan.Name(p);
        if (tool is null) return -1;
        while (after < text.Length && text[after] is '`' or ']' or '*') after++;
        after = scan.Space(after);
        if (!scan.Starts(after, "Action Input:")) return -1;
        p = scan.Space(after + "Action Input:".Length);
        var isFenced = scan.Starts(p, "```");
        if (isFenced) p = scan.Space(scan.Optional(p + 3, "json"));
        var end = p < text.Length && text[p] == '{' ? scan.Arguments(tool, p) : -1;
        return end >= 0 && isFenced ? scan.Optional(scan.Space(end), "```") : end;
    }
}
