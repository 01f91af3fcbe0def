using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Fangd.Protocols.Sse;

namespace Fangd.Cli.Api;

/// <summary>Sends a message and reads the events of its run, in the wording of either dialect.</summary>
internal static class RunStream
{
    /// <summary>
    /// The updates of one run; the last is <see cref="RunDone"/> or <see cref="RunBroken"/>, also when the connection is cut. Throws
    /// <see cref="CommandException"/> when the message was not taken at all.
    /// </summary>
    public static async IAsyncEnumerable<RunUpdate> Stream(
        this DaemonClient client, string agentId, string message, string? sessionId, [EnumeratorCancellation] CancellationToken aborted)
    {
        using var response = await client.OpenStream($"api/agents/{agentId}/message/stream", writer => WriteMessage(writer, message, sessionId), aborted);
        await using var body = await response.Content.ReadAsStreamAsync(aborted);
        using var parser = new SseParser();
        var buffer = new byte[8192];
        while (true)
        {
            var (count, cut) = await Read(body, buffer, aborted);
            if (cut is not null)
            {
                yield return cut;
                yield break;
            }
            foreach (var update in Updates(parser, buffer.AsMemory(0, count)))
            {
                yield return update;
                if (update is RunDone or RunBroken)
                    yield break;
            }
        }
    }

    public static void WriteMessage(Utf8JsonWriter writer, string message, string? sessionId)
    {
        writer.WriteStartObject();
        writer.WriteString("message", message);
        if (sessionId is not null)
            writer.WriteString("session_id", sessionId);
        writer.WriteEndObject();
    }

    private static async ValueTask<(int Count, RunBroken? Cut)> Read(Stream body, byte[] buffer, CancellationToken aborted)
    {
        try
        {
            var count = await body.ReadAsync(buffer, aborted);
            return (count, count > 0 ? null : new RunBroken("the stream ended before the answer did; the whole answer is in the session"));
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            return (0, new RunBroken("the connection to fangd was cut"));
        }
    }

    private static List<RunUpdate> Updates(SseParser parser, ReadOnlyMemory<byte> bytes)
    {
        var updates = new List<RunUpdate>();
        var span = bytes.Span;
        while (parser.TryRead(ref span, out var message))
            if (Update(Encoding.UTF8.GetString(message.Type.Span), message.Data) is { } update)
                updates.Add(update);
        return updates;
    }

    private static RunUpdate? Update(string type, ReadOnlyMemory<byte> data)
    {
        try
        {
            using var document = JsonDocument.Parse(data);
            return Update(type, document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Events that are not known are passed over: a newer daemon may send more.</summary>
    private static RunUpdate? Update(string type, JsonElement data) => type switch
    {
        "chunk" or "text_delta" => data.Text("content") is { Length: > 0 } text ? new AnswerText(text) : null,
        "approval_requested" => new ApprovalWaits(data.Text("approval_id"), data.Text("description")),
        "tool_use" => new ToolCalled(data.Text("tool")),
        "tool_result" => new ToolDone(data.Text("tool"), data.Field("input")?.GetRawText() ?? "", data.Field("is_error") is { ValueKind: JsonValueKind.True }),
        "done" => Done(data),
        "error" => new RunBroken(Reason(data)),
        _ => null,
    };

    private static RunUpdate Done(JsonElement data)
    {
        if (data.Field("error") is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) })
            return new RunBroken(Reason(data));
        var usage = data.Field("usage") ?? data;
        return new RunDone(usage.Number("input_tokens"), usage.Number("output_tokens"), data.Fraction("cost_usd"));
    }

    private static string Reason(JsonElement data)
    {
        foreach (var name in (ReadOnlySpan<string>)["error", "message", "content"])
            if (data.Text(name) is { Length: > 0 } text)
                return text;
        return "the run failed";
    }
}
