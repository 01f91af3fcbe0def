using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.Llm;

/// <summary>
/// Reads one printed tool call at a time. Every method takes a position and returns the one behind what it read, or -1 for "not this form";
/// calls are added only by forms that were read to their end. All scanning draws on one budget, so hostile text costs linear time.
/// </summary>
internal sealed class TextToolCallParser(string text, IReadOnlyList<LlmTool> tools)
{
    private static readonly string[] NameKeys = ["name", "tool", "tool_name", "function_name", "function", "action"];
    private static readonly string[] ArgumentKeys = ["arguments", "parameters", "args", "params", "input", "action_input", "tool_input"];
    private static readonly string[] WrapTags = ["function", "tool_call", "tool_use", "tool", "invoke"];

    private int budget = 16 * text.Length + 4096;

    public List<(string Name, string Arguments)> Calls { get; } = [];

    /// <summary>Reads the call that begins exactly at <paramref name="at"/>.</summary>
    public int TryCall(int at, bool isLineStart)
    {
        var c = text[at];
        if (budget <= 0 || (c is not ('<' or '[' or '`') && !isLineStart)) return -1;
        var before = Calls.Count;
        var end = c switch
        {
            '<' => Tag(at, depth: 0),
            '[' => Bracket(at, isLineStart),
            '`' => Backticks(at),
            '{' => Json(at, isExplicit: false),
            _ => char.IsWhiteSpace(c) ? -1 : React(at) is var react and >= 0 ? react : NameThenJson(at),
        };
        if (end < 0) Calls.RemoveRange(before, Calls.Count - before);
        return Calls.Count > before ? end : -1;
    }

    // <function=NAME>…, <tool>NAME{…}</tool>, <tool_call>{…}</tool_call>, <function name="NAME" parameters="{…}"/>, <|plugin|>{…}
    private int Tag(int at, int depth)
    {
        if (depth > 2) return -1;
        if (Starts(at, "<|plugin|>"))
        {
            var json = Json(Space(at + "<|plugin|>".Length), isExplicit: true);
            if (json < 0) return -1;
            return Optional(Optional(json, "<|endofblock|>"), "<|/plugin|>");
        }

        foreach (var tag in WrapTags)
        {
            if (!Starts(at, "<" + tag)) continue;
            var p = at + 1 + tag.Length;
            if (p >= text.Length) return -1;
            if (text[p] == '>') return Close(Content(p + 1, tag, depth), tag);
            if (text[p] == '=')
            {
                var end = Find('>', p);
                return end < 0 || Offered(text[(p + 1)..end]) is not { } tool ? -1 : Close(Body(tool, end + 1, tag), tag);
            }

            if (text[p] == ' ') return Attributes(p, tag);
        }

        return -1;
    }

    private int Content(int at, string tag, int depth)
    {
        at = Space(at);
        if (at >= text.Length) return -1;
        if (text[at] is '{' or '[') return Json(at, isExplicit: true);
        if (text[at] == '<')
        {
            var end = -1;
            for (var next = Tag(at, depth + 1); next >= 0; next = at < text.Length && text[at] == '<' ? Tag(at, depth + 1) : -1) at = Space(end = next);
            return end;
        }

        var (tool, after) = Name(at);
        return tool is null ? -1 : Body(tool, after, tag);
    }

    // What stands after the name: JSON, <parameter=K>V</parameter> …, or nothing.
    private int Body(LlmTool tool, int at, string tag)
    {
        at = Space(at);
        if (at < text.Length && text[at] is ':' or '(' or '>') at = Space(at + 1);
        if (at < text.Length && text[at] == '{') return Arguments(tool, at);
        if (at >= text.Length || Starts(at, "</" + tag))
        {
            Calls.Add((tool.Name, "{}"));
            return at;
        }

        return Starts(at, "<parameter") ? Parameters(tool, at) : -1;
    }

    private int Parameters(LlmTool tool, int at)
    {
        using var schema = Schema(tool);
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer, LooseJson.Strict);
        json.WriteStartObject();
        while (Starts(at, "<parameter"))
        {
            var open = Find('>', at);
            if (open < 0) return -1;
            var key = text[(at + "<parameter".Length)..open].Trim();
            key = key.StartsWith("name", StringComparison.Ordinal) ? key[4..] : key;
            key = key.Trim('=', ' ', '"', '\'');
            var close = Find("</parameter>", open);
            if (close < 0 || key.Length == 0) return -1;
            json.WritePropertyName(key);
            WriteValue(json, text[(open + 1)..close], IsString(schema, key));
            at = Space(close + "</parameter>".Length);
        }

        json.WriteEndObject();
        json.Flush();
        Calls.Add((tool.Name, Encoding.UTF8.GetString(buffer.WrittenSpan)));
        return at;
    }

    private int Attributes(int at, string tag)
    {
        string? name = null, arguments = null;
        while (true)
        {
            at = Space(at);
            if (at >= text.Length) return -1;
            if (text[at] is '/' or '>') break;
            var equals = Find('=', at);
            if (equals < 0 || equals + 1 >= text.Length || text[equals + 1] is not ('"' or '\'')) return -1;
            var close = Find(text[equals + 1], equals + 2);
            // A JSON value in double quotes that were not escaped: its braces tell where it ends.
            if (equals + 2 < text.Length && text[equals + 2] == '{' && LooseJson.End(text, equals + 2, ref budget) is var json and > 0 && json < text.Length && text[json] == text[equals + 1]) close = json;
            if (close < 0) return -1;
            var key = text[at..equals].Trim();
            var value = WebUtility.HtmlDecode(text[(equals + 2)..close]);
            if (key is "name" or "tool") name = value;
            else if (Array.IndexOf(ArgumentKeys, key) >= 0) arguments = value;
            at = close + 1;
        }

        if (name is null || Offered(name) is not { } tool) return -1;
        var isClosed = text[at] == '/';
        at = isClosed ? Optional(at + 1, ">") : at + 1;
        if (arguments is null && !isClosed) return Close(Body(tool, at, tag), tag);
        if (arguments is not null && LooseJson.Parse(arguments) is not { ValueKind: JsonValueKind.Object }) return -1;
        Calls.Add((tool.Name, arguments is null ? "{}" : LooseJson.Text(LooseJson.Parse(arguments)!.Value)));
        return isClosed ? at : Close(at, tag);
    }

    // [TOOL_CALL]{"name": …}[/TOOL_CALL], [TOOL_CALL]{tool => "NAME", args => {--key "value"}}[/TOOL_CALL], [TOOL_CALLS][{…}], [{…}]
    private int Bracket(int at, bool isLineStart)
    {
        if (!Starts(at, "[TOOL_CALL")) return isLineStart ? Json(at, isExplicit: false) : -1;
        var open = Find(']', at);
        if (open < 0) return -1;
        var p = Space(open + 1);
        var end = Json(p, isExplicit: true);
        if (end < 0) end = Arrows(p);
        if (end < 0) end = NameThenJson(p);
        return end < 0 ? -1 : Optional(Optional(Space(end), "[/TOOL_CALL]"), "[/TOOL_CALLS]");
    }

    private int Arrows(int at)
    {
        var close = Find("[/TOOL_CALL]", at);
        var end = close < 0 ? text.Length : close;
        var body = text.AsSpan(at, end - at);
        var arrow = body.IndexOf("=>");
        if (arrow < 0 || !body[..arrow].Contains("tool", StringComparison.OrdinalIgnoreCase)) return -1;
        var name = body[(arrow + 2)..].TrimStart();
        if (name.IsEmpty || name[0] != '"') return -1;
        var quote = name[1..].IndexOf('"');
        if (quote < 0 || Offered(name.Slice(1, quote).ToString()) is not { } tool) return -1;

        using var schema = Schema(tool);
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer, LooseJson.Strict);
        json.WriteStartObject();
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

            json.WritePropertyName(key);
            WriteValue(json, value, IsString(schema, key));
        }

        json.WriteEndObject();
        json.Flush();
        Calls.Add((tool.Name, Encoding.UTF8.GetString(buffer.WrittenSpan)));
        return end;
    }

    // A fenced block with a call or several, or `NAME {…}`.
    private int Backticks(int at)
    {
        if (!Starts(at, "```"))
        {
            var end = NameThenJson(at + 1);
            return end >= 0 && end < text.Length && text[end] == '`' ? end + 1 : -1;
        }

        var p = Space(at + 3);
        if (OneInFence(p) is var first and >= 0)
        {
            p = Space(first);
        }
        else
        {
            // The first word was the language.
            var newline = Find('\n', at);
            if (newline < 0 || (p = OneInFence(Space(newline + 1))) < 0) return -1;
            p = Space(p);
        }

        while (p < text.Length && !Starts(p, "```"))
        {
            var next = OneInFence(p);
            if (next < 0) return -1;
            p = Space(next);
        }

        return Optional(p, "```");
    }

    private int OneInFence(int at) => at >= text.Length ? -1 : text[at] is '{' or '[' ? Json(at, isExplicit: false) : NameThenJson(at);

    // Action: NAME, and on the next line Action Input: {…}
    private int React(int at)
    {
        if (!Starts(at, "Action:")) return -1;
        var p = Space(at + "Action:".Length);
        while (p < text.Length && text[p] is '`' or '[' or '*') p++;
        var (tool, after) = Name(p);
        if (tool is null) return -1;
        while (after < text.Length && text[after] is '`' or ']' or '*') after++;
        after = Space(after);
        if (!Starts(after, "Action Input:")) return -1;
        p = Space(after + "Action Input:".Length);
        var isFenced = Starts(p, "```");
        if (isFenced) p = Space(Optional(p + 3, "json"));
        var end = p < text.Length && text[p] == '{' ? Arguments(tool, p) : -1;
        return end >= 0 && isFenced ? Optional(Space(end), "```") : end;
    }

    private int NameThenJson(int at)
    {
        var (tool, after) = Name(at);
        if (tool is null) return -1;
        while (after < text.Length && (char.IsWhiteSpace(text[after]) || text[after] is ':' or '(')) after++;
        if (after >= text.Length || text[after] != '{') return -1;
        var end = Arguments(tool, after);
        return end < 0 ? -1 : Optional(end, ")");
    }

    private int Arguments(LlmTool tool, int at)
    {
        var end = LooseJson.End(text, at, ref budget);
        if (end < 0 || LooseJson.Parse(text[at..end]) is not { ValueKind: JsonValueKind.Object } arguments) return -1;
        Calls.Add((tool.Name, LooseJson.Text(arguments)));
        return end;
    }

    private int Json(int at, bool isExplicit)
    {
        if (at >= text.Length || text[at] is not ('{' or '[')) return -1;
        var end = LooseJson.End(text, at, ref budget);
        return end < 0 || LooseJson.Parse(text[at..end]) is not { } value || !AddCalls(value, isExplicit) ? -1 : end;
    }

    // All or nothing: one element that is no call makes the whole ordinary JSON.
    private bool AddCalls(JsonElement value, bool isExplicit)
    {
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("tool_calls", out var list)) value = list;
        if (value.ValueKind != JsonValueKind.Array) return AddCall(value, isExplicit);
        foreach (var element in value.EnumerateArray())
        {
            if (!AddCall(element, isExplicit)) return false;
        }

        return value.GetArrayLength() > 0;
    }

    private bool AddCall(JsonElement value, bool isExplicit)
    {
        if (value.ValueKind != JsonValueKind.Object) return false;
        if (value.TryGetProperty("function", out var inner) && inner.ValueKind == JsonValueKind.Object) value = inner;
        LlmTool? tool = null;
        foreach (var key in NameKeys)
        {
            if (tool is null && value.TryGetProperty(key, out var name) && name.ValueKind == JsonValueKind.String) tool = Offered(name.GetString()!);
        }

        if (tool is null) return false;
        foreach (var key in ArgumentKeys)
        {
            if (!value.TryGetProperty(key, out var arguments)) continue;
            if (arguments.ValueKind == JsonValueKind.String) arguments = LooseJson.Parse(arguments.GetString()!) ?? default;
            if (arguments.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null)) return false;
            Calls.Add((tool.Name, arguments.ValueKind == JsonValueKind.Null ? "{}" : LooseJson.Text(arguments)));
            return true;
        }

        // Without arguments an object with a name is anybody's JSON, unless it stands in a tag of its own.
        if (isExplicit) Calls.Add((tool.Name, "{}"));
        return isExplicit;
    }

    private LlmTool? Offered(string name)
    {
        name = name.Trim(' ', '\t', '\r', '\n', '"', '\'', '`');
        if (name.StartsWith("functions.", StringComparison.Ordinal)) name = name["functions.".Length..];
        return tools.FirstOrDefault(t => t.Name == name) ?? tools.FirstOrDefault(t => t.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    private (LlmTool? Tool, int After) Name(int at)
    {
        var end = at;
        while (end < text.Length && end - at < 128 && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '_' or '-' or '.')) end++;
        return end == at ? (null, at) : (Offered(text[at..end]), end);
    }

    private static JsonDocument? Schema(LlmTool tool)
    {
        try
        {
            return tool.Schema.IsEmpty ? null : JsonDocument.Parse(tool.Schema);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsString(JsonDocument? schema, string key) =>
        schema is not null && schema.RootElement.ValueKind == JsonValueKind.Object &&
        schema.RootElement.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object &&
        properties.TryGetProperty(key, out var property) && property.ValueKind == JsonValueKind.Object &&
        property.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("string");

    // Numbers, flags and structures as JSON, unless the schema wants a string; the line breaks around a value belong to the markup.
    private static void WriteValue(Utf8JsonWriter json, string value, bool isString)
    {
        if (!isString && LooseJson.Parse(value) is { ValueKind: not JsonValueKind.String } parsed)
        {
            parsed.WriteTo(json);
            return;
        }

        if (value.StartsWith("\r\n", StringComparison.Ordinal)) value = value[2..];
        else if (value.StartsWith('\n')) value = value[1..];
        if (value.EndsWith("\r\n", StringComparison.Ordinal)) value = value[..^2];
        else if (value.EndsWith('\n')) value = value[..^1];
        json.WriteStringValue(Encoding.UTF8.GetBytes(value));
    }

    private int Close(int at, string tag) => at < 0 ? -1 : Space(at) is var p && Starts(p, "</" + tag + ">") ? p + tag.Length + 3 : at;

    private int Optional(int at, string token) => Starts(at, token) ? at + token.Length : at;

    private bool Starts(int at, string token) => at >= 0 && at <= text.Length && text.AsSpan(at).StartsWith(token, StringComparison.OrdinalIgnoreCase);

    private int Space(int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
            budget--;
        }

        return at;
    }

    private int Find(char sought, int from)
    {
        if (from >= text.Length) return -1;
        var found = text.IndexOf(sought, from);
        budget -= (found < 0 ? text.Length : found) - from;
        return found;
    }

    private int Find(string sought, int from)
    {
        var found = text.IndexOf(sought, from, StringComparison.OrdinalIgnoreCase);
        budget -= (found < 0 ? text.Length : found) - from;
        return found;
    }
}
