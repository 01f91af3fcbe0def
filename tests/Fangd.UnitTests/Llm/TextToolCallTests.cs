using System.Text;
using Fangd.Protocols.Llm;

namespace Fangd.UnitTests.Llm;

public sealed class TextToolCallTests
{
    private static readonly LlmTool[] Tools =
    [
        new("file_read", "", Encoding.UTF8.GetBytes("""{"type":"object","properties":{"path":{"type":"string"},"lines":{"type":"integer"}}}""")),
        new("system_time", "", default),
    ];

    /// <summary>Form, printed text, expected calls (name and arguments, parted by "; "), expected rest.</summary>
    public static TheoryData<string, string, string, string> Forms => new()
    {
        { "1 function=", "<function=file_read>{\"path\":\"a\"}</function>", "file_read {\"path\":\"a\"}", "" },
        { "1 not closed", "ok\n<function=file_read>{\"path\":\"a\"}", "file_read {\"path\":\"a\"}", "ok" },
        { "1 no arguments", "<function=system_time></function>", "system_time {}", "" },
        { "2 function", "<function>file_read{\"path\":\"a\"}</function> done", "file_read {\"path\":\"a\"}", "done" },
        { "3 tool", "<tool>file_read {\"path\":\"</tool>\"}</tool>", "file_read {\"path\":\"</tool>\"}", "" },
        { "4 fence", "I read:\n```\nfile_read {\"path\":\"a\"}\n```\nso", "file_read {\"path\":\"a\"}", "I read:\n\nso" },
        { "4 fence named", "```file_read\n{\"path\":\"a\"}\n```", "file_read {\"path\":\"a\"}", "" },
        { "4 fence json", "```json\n{\"name\":\"file_read\",\"arguments\":{\"path\":\"a\"}}\n{\"name\":\"system_time\",\"arguments\":{}}\n```", "file_read {\"path\":\"a\"}; system_time {}", "" },
        { "5 backticks", "I call `file_read {\"path\":\"a\"}` now", "file_read {\"path\":\"a\"}", "I call  now" },
        { "6 bracket json", "[TOOL_CALL]{\"name\":\"file_read\",\"arguments\":{\"path\":\"a\"}}[/TOOL_CALL]", "file_read {\"path\":\"a\"}", "" },
        { "6 bracket arrows", "[TOOL_CALL]\n{tool => \"file_read\", args => {\n  --path \"a \\\"b\\\"\"\n  --lines 3\n}}\n[/TOOL_CALL]", "file_read {\"path\":\"a \\\"b\\\"\",\"lines\":3}", "" },
        { "6 mistral", "[TOOL_CALLS] [{\"name\":\"file_read\",\"arguments\":{\"path\":\"a\"}}]", "file_read {\"path\":\"a\"}", "" },
        { "7 tool_call", "<tool_call>\n{\"name\": \"file_read\", \"arguments\": {\"path\": \"a\"}}\n</tool_call>\n<tool_call>{\"name\":\"system_time\"}</tool_call>", "file_read {\"path\":\"a\"}; system_time {}", "" },
        { "7 raw line breaks", "<tool_call>{\"name\":\"file_read\",\"arguments\":{\"path\":\"a\nb\",}}</tool_call>", "file_read {\"path\":\"a\\nb\"}", "" },
        { "8 bare", "Sure.\n{\"name\":\"file_read\",\"parameters\":{\"path\":\"a\"}}", "file_read {\"path\":\"a\"}", "Sure." },
        { "8 bare nested", "{\"type\":\"function\",\"function\":{\"name\":\"file_read\",\"arguments\":\"{\\\"path\\\":\\\"a\\\"}\"}}", "file_read {\"path\":\"a\"}", "" },
        { "8 bare list", "[{\"name\":\"file_read\",\"arguments\":{\"path\":\"a\"}},{\"name\":\"system_time\",\"arguments\":{}}]", "file_read {\"path\":\"a\"}; system_time {}", "" },
        { "9 attributes", "<function name=\"file_read\" parameters=\"{&quot;path&quot;:&quot;a&quot;}\" />", "file_read {\"path\":\"a\"}", "" },
        { "9 attributes unescaped", "<function name=\"file_read\" parameters=\"{\"path\":\"a\"}\"/>", "file_read {\"path\":\"a\"}", "" },
        { "9 invoke", "<function_calls><invoke name=\"file_read\"><parameter name=\"path\">a</parameter></invoke></function_calls>", "file_read {\"path\":\"a\"}", "" },
        { "10 plugin", "<|plugin|>{\"name\":\"file_read\",\"parameters\":{\"path\":\"a\"}}<|endofblock|>", "file_read {\"path\":\"a\"}", "" },
        { "11 react", "Thought: look\nAction: file_read\nAction Input: {\"path\":\"a\"}", "file_read {\"path\":\"a\"}", "Thought: look" },
        { "12 name newline", "file_read\n{\"path\":\"a\"}", "file_read {\"path\":\"a\"}", "" },
        { "12 call", "functions.file_read({\"path\":\"a\"})", "file_read {\"path\":\"a\"}", "" },
        { "13 tool_use", "<tool_use>{\"name\":\"file_read\",\"input\":{\"path\":\"a\"}}</tool_use>", "file_read {\"path\":\"a\"}", "" },
        { "14 parameters", "<tool_call>\n<function=file_read>\n<parameter=path>\n12\n</parameter>\n<parameter=lines>\n3\n</parameter>\n</function>\n</tool_call>", "file_read {\"path\":\"12\",\"lines\":3}", "" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Each_printed_form_is_recovered(string form, string text, string calls, string rest)
    {
        var found = TextToolCalls.Recover(text, Tools, () => form);
        Assert.Equal(calls, Line(found));
        Assert.Equal(rest, found.Text);
        Assert.All(found.Calls, call => Assert.Equal(form, call.Id));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Each_form_is_held_back_at_every_split(string form, string text, string calls, string rest)
    {
        for (var size = 1; size <= text.Length; size++)
        {
            var hold = new TextToolCallHold(Tools);
            var shown = new StringBuilder();
            for (var at = 0; at < text.Length; at += size) shown.Append(hold.Append(text.Substring(at, Math.Min(size, text.Length - at))));
            var found = hold.Finish(() => form);
            Assert.Equal(calls, Line(found));
            Assert.DoesNotContain("file_read", shown.ToString(), StringComparison.Ordinal);
            Assert.Equal(rest.Replace("\n", "", StringComparison.Ordinal), (shown + found.Text).Trim().Replace("\n", "", StringComparison.Ordinal).Replace("  ", rest.Contains("  ", StringComparison.Ordinal) ? "  " : " ", StringComparison.Ordinal), ignoreWhiteSpaceDifferences: true);
        }
    }

    [Theory]
    [InlineData("<function=rm_rf>{\"path\":\"/\"}</function>")]
    [InlineData("{\"name\":\"Bob\",\"arguments\":{}}")]
    [InlineData("{\"name\":\"file_read\"}")]
    [InlineData("Use file_read {\"path\":\"a\"} for that.")]
    [InlineData("```json\n{\"a\":1}\n```")]
    [InlineData("```file_read\nis a tool\n```")]
    [InlineData("`file_read`")]
    [InlineData("<tool_call>{\"name\":\"file_read\",\"arguments\":{\"path\":\"a\"")]
    [InlineData("Action: file_read\nand more")]
    [InlineData("a < b, c[0] and `x`\n")]
    [InlineData("  \n")]
    public void What_is_no_call_stays_as_it_is(string text)
    {
        var found = TextToolCalls.Recover(text, Tools, () => "id");
        Assert.Empty(found.Calls);
        Assert.Equal(text, found.Text);
        for (var size = 1; size <= text.Length; size++)
        {
            var hold = new TextToolCallHold(Tools);
            var shown = new StringBuilder();
            for (var at = 0; at < text.Length; at += size) shown.Append(hold.Append(text.Substring(at, Math.Min(size, text.Length - at))));
            Assert.Equal(text, shown + hold.Finish(() => "id").Text);
        }
    }

    [Theory]
    [InlineData("Hello", "")]
    [InlineData("a < b", "")]
    [InlineData("```python\nimport os\n", "")]
    [InlineData("`code` ", "")]
    [InlineData("{\"a\": 1", "")]
    [InlineData("filed under x", "")]
    [InlineData("1. file_read", "")]
    [InlineData("Well <tool", "<tool")]
    [InlineData("x\nfile_re", "file_re")]
    [InlineData("x\n{", "{")]
    [InlineData("so: ``", "``")]
    public void Ordinary_text_passes_at_once(string text, string held)
    {
        Assert.Equal(text[..^held.Length], new TextToolCallHold(Tools).Append(text));
        Assert.Equal(text, new TextToolCallHold([]).Append(text));
    }

    [Theory]
    [InlineData("<tool_ca", true)]
    [InlineData("  file_read\n", true)]
    [InlineData("Act", true)]
    [InlineData("Active", false)]
    [InlineData("The answer", false)]
    [InlineData("", false)]
    public void A_prefix_tells_whether_it_could_be_a_call(string prefix, bool could)
    {
        Assert.Equal(could, TextToolCalls.CouldBeToolCall(prefix, Tools));
        Assert.False(TextToolCalls.CouldBeToolCall(prefix, []));
    }

    [Theory]
    [InlineData("{\n")]
    [InlineData("<function=")]
    [InlineData("<tool_call><tool_call>")]
    [InlineData("```\n")]
    [InlineData("{\"name\":\n")]
    [InlineData("file_read {\n")]
    [InlineData("<function=file_read><parameter=a>")]
    [InlineData("[TOOL_CALL]{tool => ")]
    public void Hostile_text_ends_and_is_text(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, TextToolCalls.MaxText / piece.Length));
        var found = TextToolCalls.Recover(text, Tools, () => "id");
        Assert.Empty(found.Calls);
        Assert.Same(text, found.Text);
    }

    private static string Line(TextToolCallResult found) => string.Join("; ", found.Calls.Select(c => $"{c.Name} {c.Arguments}"));
}
