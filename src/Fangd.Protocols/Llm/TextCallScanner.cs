using System.Text.Json;

namespace Fangd.Protocols.Llm;

/// <summary>
/// A text in which a model printed tool calls, and what all ways of printing them share: names of offered tools, JSON, and steps through the
/// text. Positions go in and the one behind what was read comes out, or -1. All scanning draws on one budget, so hostile text costs linear time.
/// </summary>
internal sealed class TextCallScanner(string text, IReadOnlyList<LlmTool> tools)
{
    public static readonly string[] ArgumentKeys = ["arguments", "parameters", "args", "params", "input", "action_input", "tool_input"];
    private static readonly string[] NameKeys = ["name", "tool", "tool_name", "function_name", "function", "action"];

    private int budget = 16 * text.Length + 4096;

    public string Text => text;

    public bool IsSpent => budget <= 0;

    public List<(string Name, string Arguments)> Calls { get; } = [];

    /// <summary><c>NAME {…}</c>, with a colon or a parenthesis between them.</summary>
    public int NameThenJson(int at)
    {
        var (tool, after) = Name(at);
        if (tool is null) return -1;
        while (after < text.Length && (char.IsWhiteSpace(text[after]) || text[after] is ':' or '(')) after++;
        if (after >= text.Length || text[after] != '{') return -1;
        var end = Arguments(tool, after);
        return end < 0 ? -1 : Optional(end, ")");
    }

    /// <summary>A JSON object with the arguments of a call.</summary>
    public int Arguments(LlmTool tool, int at)
    {
        var end = LooseJson.End(text, at, ref budget);
        if (end < 0 || LooseJson.Parse(text[at..end]) is not { ValueKind: JsonValueKind.Object } arguments) return -1;
        Calls.Add((tool.Name, LooseJson.Text(arguments)));
        return end;
    }

    /// <summary>JSON that says the names itself: one call or a list. An explicit one stands where nothing but a call can.</summary>
    public int Json(int at, bool isExplicit)
    {
        if (at >= text.Length || text[at] is not ('{' or '[')) return -1;
        var end = LooseJson.End(text, at, ref budget);
        return end < 0 || LooseJson.Parse(text[at..end]) is not { } value || !AddCalls(value, isExplicit) ? -1 : end;
    }

    /// <summary>Where the JSON value that begins there ends.</summary>
    public int JsonEnd(int at) => LooseJson.End(text, at, ref budget);

    /// <summary>The offered tool of this name, or null.</summary>
    public LlmTool? Offered(string name)
    {
        name = name.Trim(' ', '\t', '\r', '\n', '"', '\'', '`');
        if (name.StartsWith("functions.", StringComparison.Ordinal)) name = name["functions.".Length..];
        return tools.FirstOrDefault(t => t.Name == name) ?? tools.FirstOrDefault(t => t.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    public (LlmTool? Tool, int After) Name(int at)
    {
        var end = at;
        while (end < text.Length && end - at < 128 && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '_' or '-' or '.')) end++;
        return end == at ? (null, at) : (Offered(text[at..end]), end);
    }

    public int Close(int at, string tag) => at < 0 ? -1 : Space(at) is var p && Starts(p, "</" + tag + ">") ? p + tag.Length + 3 : at;

    public int Optional(int at, string token) => Starts(at, token) ? at + token.Length : at;

    public bool Starts(int at, string token) => at >= 0 && at <= text.Length && text.AsSpan(at).StartsWith(token, StringComparison.OrdinalIgnoreCase);

    public int Space(int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
            budget--;
        }

        return at;
    }

    public int Find(char sought, int from)
    {
        if (from >= text.Length) return -1;
        var found = text.IndexOf(sought, from);
        budget -= (found < 0 ? text.Length : found) - from;
        return found;
    }

    public int Find(string sought, int from)
    {
        var found = text.IndexOf(sought, from, StringComparison.OrdinalIgnoreCase);
        budget -= (found < 0 ? text.Length : found) - from;
        return found;
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
}
