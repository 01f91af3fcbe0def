namespace Fangd.Protocols.Llm;

/// <summary>Where a text may begin to be a tool call, judged by as little of it as is there.</summary>
internal static class TextToolCallPrefix
{
    private static readonly string[] Tags =
    [
        "<function=", "<function>", "<function ", "<tool>", "<tool ", "<tool_call>", "<tool_call ", "<tool_use>", "<tool_use ", "<invoke ",
        "<tool_calls>", "<function_calls>", "<|plugin|>",
    ];

    private static readonly string[] FirstKeys =
    [
        "name", "tool", "function", "tool_name", "function_name", "action", "arguments", "parameters", "args", "params", "input",
        "action_input", "tool_input", "tool_calls", "id", "type",
    ];

    internal enum Chance
    {
        None,

        /// <summary>Too short to tell.</summary>
        Possible,

        /// <summary>The opening of a form is complete; only the end can tell more.</summary>
        Opened,
    }

    /// <summary>The first place where a call may begin, or the text's length.</summary>
    public static (int Index, Chance Chance) Find(ReadOnlySpan<char> text, bool isLineStart, IReadOnlyList<LlmTool> tools)
    {
        var isWord = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is '<' or '[' or '`' || isLineStart)
            {
                // The second and third backtick of a fence were judged with the first.
                var chance = c == '`' && isWord ? Chance.None : At(text[i..], isLineStart, tools);
                if (chance != Chance.None) return (i, chance);
            }

            isWord = c == '`';
            isLineStart = c == '\n' || (isLineStart && char.IsWhiteSpace(c));
        }

        return (text.Length, Chance.None);
    }

    /// <summary>Whether what follows <paramref name="text"/> stands at the start of a line.</summary>
    public static bool IsLineStart(ReadOnlySpan<char> text, bool isLineStart)
    {
        var newline = text.LastIndexOf('\n');
        return text[(newline + 1)..].IsWhiteSpace() && (newline >= 0 || isLineStart);
    }

    /// <summary>Whether a call may begin exactly here.</summary>
    public static Chance At(ReadOnlySpan<char> text, bool isLineStart, IReadOnlyList<LlmTool> tools)
    {
        switch (text[0])
        {
            case '<':
                return AnyOf(text, Tags);
            case '[':
                var bracket = AnyOf(text, ["[TOOL_CALL]", "[TOOL_CALLS]"]);
                if (bracket != Chance.None || !isLineStart) return bracket;
                var inner = text[1..].TrimStart();
                return inner.IsEmpty ? Chance.Possible : inner[0] == '{' ? Json(inner) : Chance.None;
            case '`':
                return Backticks(text, tools);
            case '{':
                return isLineStart ? Json(text) : Chance.None;
        }

        if (!isLineStart) return Chance.None;
        var action = AnyOf(text, ["Action:"]);
        if (action == Chance.Opened)
        {
            var name = text["Action:".Length..].TrimStart(" \t`[");
            return name.IsEmpty ? Chance.Possible : Name(name, tools, mustBeArguments: false);
        }

        return action == Chance.Possible ? action : Name(text, tools, mustBeArguments: true);
    }

    private static Chance Backticks(ReadOnlySpan<char> text, IReadOnlyList<LlmTool> tools)
    {
        var ticks = text.Length - text.TrimStart('`').Length;
        var rest = text[ticks..];
        if (ticks < 3) return rest.IsEmpty ? Chance.Possible : ticks == 1 ? Name(rest, tools, mustBeArguments: true) : Chance.None;

        rest = rest.TrimStart(' ');
        if (rest.IsEmpty) return Chance.Possible;
        if (rest[0] is not ('\r' or '\n'))
        {
            if (rest[0] is '{' or '[') return Json(rest);
            var named = Name(rest, tools, mustBeArguments: true);
            if (named != Chance.None) return named;
        }

        var newline = rest.IndexOf('\n');
        if (newline < 0) return rest.Length <= 24 && rest.IndexOf(' ') < 0 ? Chance.Possible : Chance.None;
        var body = rest[(newline + 1)..].TrimStart();
        return body.IsEmpty ? Chance.Possible : body[0] is '{' or '[' ? Json(body) : Name(body, tools, mustBeArguments: true);
    }

    // A JSON object can be a call when its first key is one that calls have.
    private static Chance Json(ReadOnlySpan<char> text)
    {
        if (text[0] == '[')
        {
            text = text[1..].TrimStart();
            if (text.IsEmpty) return Chance.Possible;
            if (text[0] != '{') return Chance.None;
        }

        text = text[1..].TrimStart();
        if (text.IsEmpty) return Chance.Possible;
        if (text[0] != '"') return Chance.None;
        text = text[1..];
        var quote = text.IndexOf('"');
        var key = quote < 0 ? text : text[..quote];
        foreach (var known in FirstKeys)
        {
            if (quote < 0 ? known.AsSpan().StartsWith(key) : key.SequenceEqual(known)) return quote < 0 ? Chance.Possible : Chance.Opened;
        }

        return Chance.None;
    }

    private static Chance Name(ReadOnlySpan<char> text, IReadOnlyList<LlmTool> tools, bool mustBeArguments)
    {
        const string folder = "functions.";
        if (text.StartsWith(folder)) text = text[folder.Length..];
        else if (folder.AsSpan().StartsWith(text)) return Chance.Possible;
        if (text.IsEmpty) return Chance.Possible;

        var best = Chance.None;
        foreach (var tool in tools)
        {
            if (tool.Name.AsSpan().StartsWith(text, StringComparison.OrdinalIgnoreCase))
            {
                best = Chance.Possible;
            }
            else if (text.StartsWith(tool.Name, StringComparison.OrdinalIgnoreCase))
            {
                if (!mustBeArguments) return Chance.Opened;
                var after = text[tool.Name.Length..].TrimStart(" \t\r\n:(");
                if (after.IsEmpty) best = Chance.Possible;
                else if (after[0] == '{') return Chance.Opened;
            }
        }

        return best;
    }

    private static Chance AnyOf(ReadOnlySpan<char> text, ReadOnlySpan<string> openings)
    {
        var best = Chance.None;
        foreach (var opening in openings)
        {
            if (text.StartsWith(opening, StringComparison.OrdinalIgnoreCase)) return Chance.Opened;
            if (opening.AsSpan().StartsWith(text, StringComparison.OrdinalIgnoreCase)) best = Chance.Possible;
        }

        return best;
    }
}
