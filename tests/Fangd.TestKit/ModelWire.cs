using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Fangd.TestKit;

/// <summary>Renders a reply in the shape of OpenAI's chat completions.</summary>
internal sealed class ModelWire(ModelCall call, ModelReply reply, int number)
{
    private string FinishReason => reply.FinishReason ?? (reply.Steps.Any(step => step is CalledTool) ? "tool_calls" : "stop");

    /// <summary>The status line and headers. Without a length the body is chunked.</summary>
    public string Head(string contentType, int? length)
    {
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {reply.Status} Scripted\r\nContent-Type: {contentType}\r\n");
        foreach (var (name, value) in reply.Headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        head.Append(length is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"Content-Length: {bytes}\r\n\r\n") : "Transfer-Encoding: chunked\r\n\r\n");
        return head.ToString();
    }

    /// <summary>The chunks of a stream, without the finishing ones.</summary>
    public IEnumerable<string> Chunks()
    {
        var first = true;
        var tool = 0;
        foreach (var step in reply.Steps)
        {
            switch (step)
            {
                case SaidText said:
                    yield return Delta(json => json.WriteString("content", said.Text), first);
                    break;
                case Thought thought:
                    yield return Delta(json => json.WriteString("reasoning_content", thought.Text), first);
                    break;
                case CalledTool called:
                    var index = tool++;
                    var half = called.Arguments.Length / 2;
                    yield return Delta(json => Tool(json, index, "", called.Id, called.Name), first);
                    yield return Delta(json => Tool(json, index, called.Arguments[..half]), role: false);
                    yield return Delta(json => Tool(json, index, called.Arguments[half..]), role: false);
                    break;
                case RawBytes raw:
                    yield return raw.Text;
                    break;
            }
            first = false;
        }
    }

    /// <summary>Finish reason, usage where it is due, and [DONE].</summary>
    public string Finish()
    {
        var finish = Event(json =>
        {
            Choice(json, FinishReason, delta => { });
            if (reply.Usage == UsagePlace.OnFinish)
                Usage(json);
        });
        var usage = reply.Usage == UsagePlace.WhenAsked && call.AsksForUsage
            ? Event(json =>
            {
                json.WriteStartArray("choices");
                json.WriteEndArray();
                Usage(json);
            })
            : "";
        return finish + usage + "data: [DONE]\n\n";
    }

    /// <summary>The body of a plain reply.</summary>
    public string Whole() => FakeJson.Write(json =>
    {
        json.WriteStartObject();
        Origin(json, "chat.completion");
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        var text = string.Concat(reply.Steps.OfType<SaidText>().Select(said => said.Text));
        var calls = reply.Steps.OfType<CalledTool>().ToArray();
        if (text.Length > 0 || calls.Length == 0)
            json.WriteString("content", text);
        else
            json.WriteNull("content");
        if (reply.Steps.OfType<Thought>().ToArray() is { Length: > 0 } thoughts)
            json.WriteString("reasoning_content", string.Concat(thoughts.Select(thought => thought.Text)));
        if (calls.Length > 0)
        {
            json.WriteStartArray("tool_calls");
            foreach (var called in calls)
                ToolObject(json, null, called.Arguments, called.Id, called.Name);
            json.WriteEndArray();
        }
        json.WriteEndObject();
        json.WriteString("finish_reason", FinishReason);
        json.WriteEndObject();
        json.WriteEndArray();
        if (reply.Usage != UsagePlace.Never)
            Usage(json);
        json.WriteEndObject();
    });

    private string Delta(Action<Utf8JsonWriter> content, bool role) => Event(json => Choice(json, null, delta =>
    {
        if (role)
            delta.WriteString("role", "assistant");
        content(delta);
    }));

    private string Event(Action<Utf8JsonWriter> fields) => "data: " + FakeJson.Write(json =>
    {
        json.WriteStartObject();
        Origin(json, "chat.completion.chunk");
        fields(json);
        json.WriteEndObject();
    }) + "\n\n";

    private void Origin(Utf8JsonWriter json, string kind)
    {
        json.WriteString("id", "chatcmpl-fake-" + number.ToString(CultureInfo.InvariantCulture));
        json.WriteString("object", kind);
        json.WriteNumber("created", 1_700_000_000);
        json.WriteString("model", call.Model);
    }

    private static void Choice(Utf8JsonWriter json, string? finish, Action<Utf8JsonWriter> delta)
    {
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("delta");
        delta(json);
        json.WriteEndObject();
        if (finish is null)
            json.WriteNull("finish_reason");
        else
            json.WriteString("finish_reason", finish);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void Tool(Utf8JsonWriter json, int index, string arguments, string? id = null, string? name = null)
    {
        json.WriteStartArray("tool_calls");
        ToolObject(json, index, arguments, id, name);
        json.WriteEndArray();
    }

    private static void ToolObject(Utf8JsonWriter json, int? index, string arguments, string? id, string? name)
    {
        json.WriteStartObject();
        if (index is { } position)
            json.WriteNumber("index", position);
        if (id is not null)
        {
            json.WriteString("id", id);
            json.WriteString("type", "function");
        }
        json.WriteStartObject("function");
        if (name is not null)
            json.WriteString("name", name);
        json.WriteString("arguments", arguments);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void Usage(Utf8JsonWriter json)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", reply.InputTokens);
        json.WriteNumber("completion_tokens", reply.OutputTokens);
        json.WriteNumber("total_tokens", reply.InputTokens + reply.OutputTokens);
        json.WriteEndObject();
    }
}
