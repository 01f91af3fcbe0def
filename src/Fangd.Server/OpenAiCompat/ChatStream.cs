using System.Text.Json;
using Fangd.Engine.Turns;
using Fangd.Server.Http;
using Fangd.Server.Runs;

namespace Fangd.Server.OpenAiCompat;

/// <summary>Renders a run as chat completion chunks. The agent's own tool calls stay inside; only text and calls for the client show.</summary>
internal sealed class ChatStream(SseStream sse, ChatHead head, bool includeUsage) : IRunRenderer
{
    private bool _hasRole;

    public bool IsEnded { get; private set; }

    public async ValueTask Write(IReadOnlyList<RunEvent> happened, bool isCutOff)
    {
        if (isCutOff)
        {
            Fail("this reader fell too far behind", "server_error", "slow_reader");
        }
        else if (happened.Count == 0)
        {
            await sse.Comment();
            return;
        }

        foreach (var one in happened)
        {
            switch (one)
            {
                case TextDelta text:
                    Chunk(new Delta(this, text.Text));
                    break;
                case RunFinished finished:
                    await Finish(finished.Result);
                    return;
                case RunFailed failed:
                    Fail(failed.Message, RunFailure.Status(failed.Fault) is ApiFault.TooManyRequests ? "rate_limit_error" : "server_error", RunFailure.Code(failed.Fault));
                    break;
            }
        }

        await sse.Flush();
    }

    private async ValueTask Finish(TurnResult result)
    {
        if (!_hasRole)
            Chunk(new Delta(this, ""));
        for (var i = 0; i < result.ClientCalls.Count; i++)
        {
            var call = result.ClientCalls[i];
            Chunk(new Delta(this, null) { CallIndex = i, CallId = call.Id, CallName = call.Name, Arguments = "" });
            Chunk(new Delta(this, null) { CallIndex = i, Arguments = call.Arguments });
        }

        Chunk(new Delta(this, null) { FinishReason = OpenAiEndpoints.FinishReason(result), Usage = includeUsage ? null : OpenAiEndpoints.Usage(result.Usage) });
        if (includeUsage)
            Chunk(new Delta(this, null) { IsUsageOnly = true, Usage = OpenAiEndpoints.Usage(result.Usage) });
        IsEnded = true;
        await sse.SendRaw("data: [DONE]\n\n"u8);
    }

    /// <summary>An error in mid-stream: an error object, then the end without <c>[DONE]</c>, which SDKs raise as an error.</summary>
    private void Fail(string message, string type, string code)
    {
        sse.Write(null, (message, type, code), static (json, error) =>
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteString("message", error.message);
            json.WriteString("type", error.type);
            json.WriteNull("param");
            json.WriteString("code", error.code);
            json.WriteEndObject();
            json.WriteEndObject();
        });
        IsEnded = true;
    }

    private void Chunk(Delta delta) => sse.Write(null, delta, static (json, d) => d.Write(json));

    /// <summary>One chunk; which members are set decides what it carries.</summary>
    private readonly record struct Delta(ChatStream Stream, string? Text)
    {
        public int? CallIndex { get; init; }

        public string? CallId { get; init; }

        public string? CallName { get; init; }

        public string? Arguments { get; init; }

        public string? FinishReason { get; init; }

        public ChatUsage? Usage { get; init; }

        public bool IsUsageOnly { get; init; }

        public void Write(Utf8JsonWriter json)
        {
            var head = Stream.Head;
            json.WriteStartObject();
            json.WriteString("id", head.Id);
            json.WriteString("object", "chat.completion.chunk");
            json.WriteNumber("created", head.Created);
            json.WriteString("model", head.Model);
            json.WriteStartArray("choices");
            if (!IsUsageOnly)
                WriteChoice(json);
            json.WriteEndArray();
            if (Usage is not null)
                AnswerJson.Put(json, "usage"u8, Usage);
            else if (Stream.IncludesUsage)
                json.WriteNull("usage"u8);

            json.WriteEndObject();
        }

        private void WriteChoice(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteNumber("index", 0);
            json.WriteStartObject("delta");
            if (!Stream._hasRole)
            {
                Stream._hasRole = true;
                json.WriteString("role", "assistant");
            }

            if (Text is not null)
                json.WriteString("content", Text);
            if (CallIndex is not null)
                WriteCall(json);
            json.WriteEndObject();
            json.WriteNull("logprobs");
            json.WriteString("finish_reason", FinishReason);
            json.WriteEndObject();
        }

        private void WriteCall(Utf8JsonWriter json)
        {
            json.WriteStartArray("tool_calls");
            json.WriteStartObject();
            json.WriteNumber("index", CallIndex!.Value);
            if (CallId is not null)
            {
                json.WriteString("id", CallId);
                json.WriteString("type", "function");
            }

            json.WriteStartObject("function");
            if (CallName is not null)
                json.WriteString("name", CallName);
            json.WriteString("arguments", Arguments);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
        }
    }

    private ChatHead Head => head;

    private bool IncludesUsage => includeUsage;
}
