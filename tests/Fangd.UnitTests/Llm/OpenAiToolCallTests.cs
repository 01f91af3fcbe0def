namespace Fangd.UnitTests.Llm;

public sealed class OpenAiToolCallTests
{
    [Theory]
    // As the protocol says: two parallel calls in pieces.
    [InlineData("""[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]|[{"index":0,"function":{"arguments":"{\"x\""}}]|[{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]|[{"index":0,"function":{"arguments":":1}"}}]""",
        "call a f {\"x\":1};call b g {}")]
    // No index: the id tells them apart, and a nameless piece belongs to the newest.
    [InlineData("""[{"id":"a","function":{"name":"f","arguments":"{"}}]|[{"function":{"arguments":"}"}}]|[{"id":"b","function":{"name":"f","arguments":"{}"}}]""", "call a f {};call b f {}")]
    // Several in one chunk, all numbered 0, or with neither index nor id.
    [InlineData("""[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}},{"index":0,"id":"b","function":{"name":"f","arguments":"{\"y\":2}"}}]""", "call a f {};call b f {\"y\":2}")]
    [InlineData("""[{"function":{"name":"f","arguments":"{}"}},{"function":{"name":"f","arguments":"{\"y\":2}"}}]""", "call ? f {};call ? f {\"y\":2}")]
    // The id and the name on every piece.
    [InlineData("""[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}]|[{"index":0,"id":"a","function":{"name":"f","arguments":"1}"}}]""", "call a f {\"x\":1}")]
    // Arguments as an object, as null, empty, or encoded twice.
    [InlineData("""[{"index":0,"id":"a","function":{"name":"f","arguments":{"x":[1]}}}]""", "call a f {\"x\":[1]}")]
    [InlineData("""[{"index":0,"id":"a","function":{"name":"f","arguments":null}}]""", "call a f {}")]
    [InlineData("""[{"index":0,"id":"a","function":{"name":"f"}}]""", "call a f {}")]
    [InlineData("""[{"index":0,"id":"a","function":{"name":"f","arguments":"\"{\\\"x\\\":1}\""}}]""", "call a f {\"x\":1}")]
    // The same id twice, and an empty one.
    [InlineData("""[{"index":0,"id":"a","function":{"name":"f"}},{"index":1,"id":"a","function":{"name":"g"}},{"index":2,"id":"","function":{"name":"h"}}]""", "call a f {};call ? g {};call ? h {}")]
    // Fields of the provider's own come back as they are.
    [InlineData("""[{"index":0,"id":"a","type":"function","extra_content":{"google":{"thought_signature":"s=="}},"function":{"name":"f","arguments":"{}"}}]""",
        "call a f {} {\"extra_content\":{\"google\":{\"thought_signature\":\"s==\"}}}")]
    // An emoji cut in two inside the arguments.
    [InlineData("""[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":\"\ud83d"}}]|[{"index":0,"function":{"arguments":"\ude00\"}"}}]""", "call a f {\"x\":\"\U0001F600\"}")]
    public async Task Calls_are_put_together(string deltas, string expected)
    {
        var stream = string.Concat(deltas.Split('|').Select(d => $"data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":{d}}}}}]}}\n\n"));
        var lines = await Calls.Answer(stream + "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
        Assert.Equal("stop ToolCalls", lines[^1]);
        var made = lines[..^1].Select(line => System.Text.RegularExpressions.Regex.Replace(line, "^call call_[0-9a-f]+ ", "call ? "));
        Assert.Equal(expected.Split(';'), made);
        Assert.Equal(lines.Count, lines.Select(l => l.Split(' ')[1]).Distinct().Count());
    }

    [Fact]
    public async Task A_call_cut_by_the_token_limit_is_not_made()
    {
        var lines = await Calls.Answer("""data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}},{"index":1,"id":"b","function":{"name":"g","arguments":"{\"x\":\"unfin"}}]},"finish_reason":"length"}]}""" + "\n\ndata: [DONE]\n\n");
        Assert.Equal(["call a f {}", "stop MaxTokens"], lines);
    }
}
