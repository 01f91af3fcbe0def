using System.Text.Json;

namespace Fangd.Protocols.Llm;

/// <summary>Calls in square brackets: <c>[TOOL_CALL]…[/TOOL_CALL]</c>, <c>[TOOL_CALLS][{…}]</c>, or a bare list at the begin of a line.</summary>
internal sealed class BracketCallReader(TextCallScanner scan)
{
    private readonly string text = scan.Text;

    // [TOOL_CALL]{"name": …}[/TOOL_CALL], [TOOL_CALL]{tool => "NAME", args => {--key "value"}}[/TOOL_CALL], [TOOL_CALLS][{…}], [{…}]
    public int Read(int at, bool isLineStart)
    {
        if (!scan.Starts(at, "[TOOL_CALL")) return isLineStart ? scan.Json(at, isExplicit: false) : -1;
        var open = scan.Find(']', at);
        if (open < 0) return -1;
        var p = scan.Space(open + 1);
        var end = scan.Json(p, isExplicit: true);
        if (end < 0) end = Arrows(p);
        if (end < 0) end = scan.NameThenJson(p);
        return end < 0 ? -1 : scan.Optional(scan.Optional(scan.Space(end), "[/TOOL_CALL]"), "[/TOOL_CALLS]");
    }

    private int Arrows(int at)
    {
        var close = scan.Find("[/TOOL_CALL]", at);
        var end = close < 0 ? text.Length : close;
        var body = text.AsSpan(at, end - at);
        var arrow = body.IndexOf("=>");
        if (arrow < 0 || !body[..arrow].Contains("tool", StringComparison.OrdinalIgnoreCase)) return -1;
        var name = body[(arrow + 2)..].TrimStart();
        if (name.IsEmpty || name[0] != '"') return -1;
        var quote = name[1..].IndexOf('"');
        if (quote < 0 || scan.Offered(name.Slice(1, quote).ToString()) is not { } tool) return -1;

        using var arguments = new PrintedArguments(tool);
        var rest = name[(quote + 2)..];
        for (var dashes = rest.IndexOf("--"); dashes >= 0; dashes = rest.IndexOf("--"))
        {
            rest = rest[(dashes + 2)..];
            var length = rest.IndexOfAny(" \t\r\n=");
            if (length <= 0) break;
            var key = rest[..length].ToString();
            rest = rest[length..].TrimStart(" \t\r\n=");
            string value;
            if (rest.StartsWith("\""))
            {
                var stop = 1;
                while (stop < rest.Length && rest[stop] != '"') stop += rest[stop] == '\\' ? 2 : 1;
                if (stop >= rest.Length) break;
                value = LooseJson.Parse(rest[..(stop + 1)].ToString()) is { ValueKind: JsonValueKind.String } quoted ? quoted.GetString()! : rest[1..stop].ToString();
                rest = rest[(stop + 1)..];
            }
            else
            {
                var stop = rest.IndexOfAny("\r\n}");
                if (stop < 0) stop = rest.Length;
                value = rest[..stop].Trim().ToString();
                rest = rest[stop..];
            }

            arguments.Add(key, value);
        }

        scan.Calls.Add((tool.Name, arguments.End()));
        return end;
    }
}
