using System.Text;
using System.Text.Json;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Server.Http;
using Fangd.Server.Runs;

namespace Fangd.Server.OpenAiCompat.Responses;

/// <summary>
/// Renders a run as the events of the Responses API. The agent's own tool calls stay inside; only text and calls for the client show.
/// <paramref name="keep"/> stores the response before its last event tells the client that it can go on from it.
/// </summary>
internal sealed class ResponseStream(SseStream sse, ResponseBody body, Func<TurnResult, Task> keep) : IRunRenderer
{
    private readonly StringBuilder _text = new();
    private int _sequence;
    private int _items;
    private bool _hasMessage;

    public bool IsEnded { get; private set; }

    public async ValueTask Write(IReadOnlyList<RunEvent> happened, bool isCutOff)
    {
        Begin();
        if (isCutOff)
        {
            Fail("server_error", "this reader fell too far behind");
        }
        else if (happened.Count == 0)
        {
            await sse.Comment();
            return;
        }

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
                    await keep(finished.Result);
                    Finish(finished.Result);
                    break;
                case RunFailed failed:
                    Fail(RunFailure.Status(failed.Fault) is ApiFault.TooManyRequests ? "rate_limit_exceeded" : "server_error", failed.Message);
                    break;
            }
        }

        await sse.Flush();
    }

    private void Begin()
    {
        if (_sequence > 0)
            return;
        foreach (var type in new[] { "response.created", "response.in_progress" })
        {
            Event(type, body, static (json, response) =>
            {
                json.WritePropertyName("response");
                response.WriteUnfinished(json);
            });
        }
    }

    private void Text(string text)
    {
        OpenMessage();
        _text.Append(text);
        Event("response.output_text.delta", (body, text), static (json, delta) =>
        {
            Place(json, delta.body.MessageId, 0);
            json.WriteNumber("content_index", 0);
            json.WriteString("delta", delta.text);
            json.WriteStartArray("logprobs");
            json.WriteEndArray();
        });
    }

    private void OpenMessage()
    {
        if (_hasMessage)
            return;
        _hasMessage = true;
        _items++;
        Event("response.output_item.added", body, static (json, response) =>
        {
            json.WriteNumber("output_index", 0);
            json.WritePropertyName("item");
            response.Message(json, null, "in_progress");
        });
        Event("response.content_part.added", body, static (json, response) => Part(json, response, ""));
    }

    private void Finish(TurnResult result)
    {
        if (result.ClientCalls.Count == 0)
            OpenMessage();
        var isCut = result.Stop is LlmStop.MaxTokens or LlmStop.ContentFilter && result.ClientCalls.Count == 0;
        if (_hasMessage)
            CloseMessage(isCut ? "incomplete" : "completed");
        for (var i = 0; i < result.ClientCalls.Count; i++)
            Call(result.ClientCalls[i], i);
        Event(isCut ? "response.incomplete" : "response.completed", (body, result), static (json, ended) =>
        {
            json.WritePropertyName("response");
            ended.body.Write(json, ended.result);
        });
        IsEnded = true;
    }

    private void CloseMessage(string status)
    {
        var text = _text.ToString();
        Event("response.output_text.done", (body, text), static (json, done) =>
        {
            Place(json, done.body.MessageId, 0);
            json.WriteNumber("content_index", 0);
            json.WriteString("text", done.text);
            json.WriteStartArray("logprobs");
            json.WriteEndArray();
        });
        Event("response.content_part.done", (body, text), static (json, done) => Part(json, done.body, done.text));
        Event("response.output_item.done", (body, text, status), static (json, done) =>
        {
            json.WriteNumber("output_index", 0);
            json.WritePropertyName("item");
            done.body.Message(json, done.text, done.status);
        });
    }

    private void Call(LlmToolCall call, int index)
    {
        var place = _items++;
        var isFreeText = body.IsFreeText(call);
        var arguments = isFreeText ? ResponseRequest.FreeText(call) : call.Arguments;
        var kind = isFreeText ? "response.custom_tool_call_input" : "response.function_call_arguments";
        Item("response.output_item.added", "in_progress", withArguments: false);
        Piece($"{kind}.delta", "delta");
        Piece($"{kind}.done", isFreeText ? "input" : "arguments");
        Item("response.output_item.done", "completed", withArguments: true);

        void Item(string type, string status, bool withArguments) =>
            Event(type, (body, call, index, place, status, withArguments), static (json, item) =>
            {
                json.WriteNumber("output_index", item.place);
                json.WritePropertyName("item");
                item.body.Call(json, item.call, item.index, item.status, item.withArguments);
            });

        void Piece(string type, string field) => Event(type, (Id: body.CallItemId(index), place, field, arguments), static (json, piece) =>
        {
            Place(json, piece.Id, piece.place);
            json.WriteString(piece.field, piece.arguments);
        });
    }

    private void Fail(string code, string message)
    {
        Event("response.failed", (body, code, message), static (json, error) =>
        {
            json.WritePropertyName("response");
            error.body.WriteUnfinished(json, (error.code, error.message));
        });
        IsEnded = true;
    }

    private static void Place(Utf8JsonWriter json, string itemId, int outputIndex)
    {
        json.WriteString("item_id", itemId);
        json.WriteNumber("output_index", outputIndex);
    }

    private static void Part(Utf8JsonWriter json, ResponseBody response, string text)
    {
        Place(json, response.MessageId, 0);
        json.WriteNumber("content_index", 0);
        json.WritePropertyName("part");
        ResponseBody.TextPart(json, text);
    }

    private void Event<T>(string type, T state, Action<Utf8JsonWriter, T> write) =>
        sse.Write(type, (type, Number: _sequence++, state, write), static (json, one) =>
        {
            json.WriteStartObject();
            json.WriteString("type", one.type);
            json.WriteNumber("sequence_number", one.Number);
            one.write(json, one.state);
            json.WriteEndObject();
        });
}
