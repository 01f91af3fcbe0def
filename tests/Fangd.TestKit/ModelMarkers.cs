using System.Globalization;

namespace Fangd.TestKit;

/// <summary>
/// Lets the text of a message decide what <see cref="FakeModel"/> answers, so that a test of the whole daemon needs no rule:
/// <code>
/// &lt;&lt;say TEXT&gt;&gt;                exactly this text; "|" parts it into chunks
/// &lt;&lt;think TEXT&gt;&gt;              reasoning before it
/// &lt;&lt;call TOOL JSON&gt;&gt;          a tool call, once for each such marker; when the results are there: "result: " and the texts
/// &lt;&lt;usage IN OUT&gt;&gt;            tokens reported
/// &lt;&lt;fail STATUS [SECONDS]&gt;&gt;   an error, with Retry-After when seconds are given
/// &lt;&lt;fail-first N STATUS&gt;&gt;     an error for the first N calls of this very message
/// &lt;&lt;gate NAME&gt;&gt;               every chunk waits at FakeModel.Gate(NAME)
/// &lt;&lt;cut N&gt;&gt; &lt;&lt;hang N&gt;&gt;       the connection breaks, or goes silent, after N chunks
/// &lt;&lt;html&gt;&gt; &lt;&lt;garbage&gt;&gt; &lt;&lt;silence&gt;&gt;   a page, nonsense, no answer at all
/// </code>
/// Without a marker the answer is "echo: " and the message.
/// </summary>
internal static class ModelMarkers
{
    /// <param name="attempt">How often this very message was asked before.</param>
    public static ModelReply Read(ModelCall call, int attempt, Func<string, ModelGate> gates)
    {
        var reply = new ModelReply();
        var steps = new List<ModelStep>();
        var calls = new List<ModelStep>();
        foreach (var (name, rest) in Markers(call.LastUserText))
        {
            var words = rest.Split(' ', 2);
            switch (name)
            {
                case "say": steps.AddRange(rest.Split('|').Select(chunk => new SaidText(chunk))); break;
                case "think": steps.Add(new Thought(rest)); break;
                case "call": calls.Add(new CalledTool($"call_{calls.Count + 1}", words[0], words.Length > 1 ? words[1] : "{}")); break;
                case "usage": reply = reply.WithUsage(Number(words[0]), Number(words[1])); break;
                case "fail" when words.Length > 1: return ModelReply.Fail(Number(words[0])).WithHeader("Retry-After", words[1]);
                case "fail": return ModelReply.Fail(Number(words[0]));
                case "fail-first" when attempt < Number(words[0]): return ModelReply.Fail(Number(words[1]));
                case "fail-first": break;
                case "gate": reply = reply with { ChunkGate = gates(rest) }; break;
                case "cut": reply = reply.CutAfter(Number(rest)); break;
                case "hang": reply = reply.HangAfter(Number(rest)); break;
                case "html": return ModelReply.Html();
                case "garbage": return ModelReply.Garbage();
                case "silence": return ModelReply.Hang();
                default: return ModelReply.Fail(500, $"the fake model knows no marker '{name}'");
            }
        }
        if (calls.Count > 0 && call.ToolResults.Count > 0)
            steps.Add(new SaidText("result: " + string.Join(" + ", call.ToolResults)));
        else
            steps.AddRange(calls);
        if (steps.Count == 0)
            steps.Add(new SaidText("echo: " + call.LastUserText));
        return reply with { Steps = steps };
    }

    private static IEnumerable<(string Name, string Detail)> Markers(string text)
    {
        for (var from = text.IndexOf("<<", StringComparison.Ordinal); from >= 0; from = text.IndexOf("<<", from, StringComparison.Ordinal))
        {
            var to = text.IndexOf(">>", from, StringComparison.Ordinal);
            if (to < 0)
                yield break;
            var words = text[(from + 2)..to].Split(' ', 2);
            yield return (words[0], words.Length > 1 ? words[1] : "");
            from = to + 2;
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
