using System.Text.Json;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Server.Http;
using Fangd.Server.OpenAiCompat;
using Fangd.Server.Runs;

namespace Fangd.Server.AnthropicCompat;

/// <summary>
/// Renders a run as Anthropic's stream: message_start, blocks with their deltas, message_delta, message_stop. The agent's own tool calls stay
/// inside; only text and calls for the client show.
/// </summary>
internal sealed class MessagesStream(SseStream sse, MessageHead head) : IRunRenderer
{
    private bool _hasBegun;
    private bool _isTextOpen;
    private int _blocks;

    public bool IsEnded { get; private set; }

    public async ValueTask Write(IReadOnlyList<RunEvent> happened, bool isCutOff)
    {
        Begin();
        if (isCutOff)
            Fail("api_error", "this reader fell too far behind");
        else if (happened.Count == 0)
            Event("ping", static (_, _) => { });
        foreach (var one in happened)
        {
            if (IsEnded)
                break;
            switch (one)
            {
                case TextDelta text:
                    Text(text.Text);
                    break;
                case RunFinished finished:
                    Finish(finished.Result);
                    break;
                case RunFailed failed:
                    Fail(AnthropicErrors.Type((int)RunFailure.Status(failed.Fault)), failed.Message);
                    break;
            }
        }

        await sse.Flush();
    }

    private void Begin()
    {
        if (_hasBegun)
            return;
        _hasBegun = true;
        Event("message_start", static (json, stream) =>
        {
            json.WritePropertyName("message");
            MessageBody.WriteEmpty(json, stream.Head);
        });
    }

    private void Text(string text)
    {
        if (!_isTextOpen)
        {
            _isTextOpen = true;
            Event("content_block_start", static (json, stream) =>
            {
                json.WriteNumber("index", stream._blocks);
                json.WriteStartObject("content_block");
                json.WriteString("type", "text");
                json.WriteString("text", "");
                json.WriteEndObject();
            });
        }

        sse.Write("content_block_delta", (Stream: this, text), static (json, delta) =>
        {
            json.WriteStartObject();
            json.WriteString("type", "content_block_delta");
            json.WriteNumber("index", delta.Stream._blocks);
            json.WriteStartObject("delta");
            json.WriteString("type", "text_delta");
            json.WriteString("text", delta.text);
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    private void Finish(TurnResult result)
    {
        if (_isTextOpen)
            CloseBlock();
        foreach (var call in result.ClientCalls)
            Call(call);
        sse.Write("message_delta", result, static (json, ended) =>
        {
            json.WriteStartObject();
            json.WriteString("type", "message_delta");
            json.WriteStartObject("delta");
            json.WriteString("stop_reason", MessageBody.StopReason(ended));
            json.WriteNull("stop_sequence");
            json.WriteEndObject();
            json.WritePropertyName("usage");
            MessageBody.Usage(json, ended.Usage);
            json.WriteEndObject();
        });
        Event("message_stop", static (_, _) => { });
        IsEnded = true;
    }

    private void Call(LlmToolCall call)
    {
        sse.Write("content_block_start", (Stream: this, call), static (json, start) =>
        {
            json.WriteStartObject();
            json.WriteString("type", "content_block_start");
            json.WriteNumber("index", start.Stream._blocks);
            json.WritePropertyName("content_block");
            MessageBody.Call(json, start.call, withInput: false);
            json.WriteEndObject();
        });
        sse.Write("content_block_delta", (Stream: this, call), static (json, delta) =>
        {
            json.WriteStartObject();
            json.WriteString("type", "content_block_delta");
            json.WriteNumber("index", delta.Stream._blocks);
            json.WriteStartObject("delta");
            json.WriteString("type", "input_json_delta");
            json.WriteString("partial_json", delta.call.Arguments);
            json.WriteEndObject();
            json.WriteEndObject();
        });
        CloseBlock();
    }

    private void CloseBlock()
    {
        Event("content_block_stop", static (json, stream) => json.WriteNumber("index", stream._blocks));
        _isTextOpen = false;
        _blocks++;
    }

    private void Fail(string type, string message)
    {
        sse.Write("error", (type, message), static (json, error) => AnthropicErrors.Write(json, error.type, error.message));
        IsEnded = true;
    }

    /// <summary>An event whose further fields <paramref name="write"/> adds.</summary>
    private void Event(string type, Action<Utf8JsonWriter, MessagesStream> write) => sse.Write(type, (Stream: this, type, write), static (json, one) =>
    {
        json.WriteStartObject();
        json.WriteString("type", one.type);
        one.write(json, one.Stream);
        json.WriteEndObject();
    });

    private MessageHead Head => head;
}
