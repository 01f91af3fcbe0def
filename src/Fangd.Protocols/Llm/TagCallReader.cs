using System.Net;
using System.Text.Json;

namespace Fangd.Protocols.Llm;

/// <summary>
/// Calls that are printed as markup: <c>&lt;function=NAME&gt;</c>, <c>&lt;tool_call&gt;{…}</c>, <c>&lt;invoke name="NAME"&gt;</c> with
/// <c>&lt;parameter&gt;</c>s, and the like. Positions as in <see cref="TextCallScanner"/>.
/// </summary>
internal sealed class TagCallReader(TextCallScanner scan)
{
    private static readonly string[] WrapTags = ["function", "tool_call", "tool_use", "tool", "invoke"];

    private readonly string text = scan.Text;

    /// <summary>Reads the call or calls of the tag that begins there.</summary>
    public int Read(int at) => Tag(at, depth: 0);

    // <function=NAME>…, <tool>NAME{…}</tool>, <tool_call>{…}</tool_call>, <function name="NAME" parameters="{…}"/>, <|plugin|>{…}
    private int Tag(int at, int depth)
    {
        if (depth > 2) return -1;
        if (scan.Starts(at, "<|plugin|>"))
        {
            var json = scan.Json(scan.Space(at + "<|plugin|>".Length), isExplicit: true);
            if (json < 0) return -1;
            return scan.Optional(scan.Optional(json, "<|endofblock|>"), "<|/plugin|>");
        }

        foreach (var tag in WrapTags)
        {
            if (!scan.Starts(at, "<" + tag)) continue;
            var p = at + 1 + tag.Length;
            if (p >= text.Length) return -1;
            if (text[p] == '>') return scan.Close(Content(p + 1, tag, depth), tag);
            if (text[p] == '=')
            {
                var end = scan.Find('>', p);
                return end < 0 || scan.Offered(text[(p + 1)..end]) is not { } tool ? -1 : scan.Close(Body(tool, end + 1, tag), tag);
            }

            if (text[p] == ' ') return Attributes(p, tag);
        }

        return -1;
    }

    private int Content(int at, string tag, int depth)
    {
        at = scan.Space(at);
        if (at >= text.Length) return -1;
        if (text[at] is '{' or '[') return scan.Json(at, isExplicit: true);
        if (text[at] == '<')
        {
            var end = -1;
            for (var next = Tag(at, depth + 1); next >= 0; next = at < text.Length && text[at] == '<' ? Tag(at, depth + 1) : -1) at = scan.Space(end = next);
            return end;
        }

        var (tool, after) = scan.Name(at);
        return tool is null ? -1 : Body(tool, after, tag);
    }

    // What stands after the name: JSON, <parameter=K>V</parameter> …, or nothing.
    private int Body(LlmTool tool, int at, string tag)
    {
        at = scan.Space(at);
        if (at < text.Length && text[at] is ':' or '(' or '>') at = scan.Space(at + 1);
        if (at < text.Length && text[at] == '{') return scan.Arguments(tool, at);
        if (at >= text.Length || scan.Starts(at, "</" + tag))
        {
            scan.Calls.Add((tool.Name, "{}"));
            return at;
        }

        return scan.Starts(at, "<parameter") ? Parameters(tool, at) : -1;
    }

    private int Parameters(LlmTool tool, int at)
    {
        using var arguments = new PrintedArguments(tool);
        while (scan.Starts(at, "<parameter"))
        {
            var open = scan.Find('>', at);
            if (open < 0) return -1;
            var key = text[(at + "<parameter".Length)..open].Trim();
            key = key.StartsWith("name", StringComparison.Ordinal) ? key[4..] : key;
            key = key.Trim('=', ' ', '"', '\'');
            var close = scan.Find("</parameter>", open);
            if (close < 0 || key.Length == 0) return -1;
            arguments.Add(key, text[(open + 1)..close]);
            at = scan.Space(close + "</parameter>".Length);
        }

        scan.Calls.Add((tool.Name, arguments.End()));
        return at;
    }

    private int Attributes(int at, string tag)
    {
        string? name = null, arguments = null;
        while (true)
        {
            at = scan.Space(at);
            if (at >= text.Length) return -1;
            if (text[at] is '/' or '>') break;
            var equals = scan.Find('=', at);
            if (equals < 0 || equals + 1 >= text.Length || text[equals + 1] is not ('"' or '\'')) return -1;
            var close = scan.Find(text[equals + 1], equals + 2);
            // A JSON value in double quotes that were not escaped: its braces tell where it ends.
            if (equals + 2 < text.Length && text[equals + 2] == '{' && scan.JsonEnd(equals + 2) is var json and > 0 && json < text.Length && text[json] == text[equals + 1]) close = json;
            if (close < 0) return -1;
            var key = text[at..equals].Trim();
            var value = WebUtility.HtmlDecode(text[(equals + 2)..close]);
            if (key is "name" or "tool") name = value;
            else if (Array.IndexOf(TextCallScanner.ArgumentKeys, key) >= 0) arguments = value;
            at = close + 1;
        }

        if (name is null || scan.Offered(name) is not { } tool) return -1;
        var isClosed = text[at] == '/';
        at = isClosed ? scan.Optional(at + 1, ">") : at + 1;
        if (arguments is null && !isClosed) return scan.Close(Body(tool, at, tag), tag);
        if (arguments is not null && LooseJson.Parse(arguments) is not { ValueKind: JsonValueKind.Object }) return -1;
        scan.Calls.Add((tool.Name, arguments is null ? "{}" : LooseJson.Text(LooseJson.Parse(arguments)!.Value)));
        return isClosed ? at : scan.Close(at, tag);
    }
}
