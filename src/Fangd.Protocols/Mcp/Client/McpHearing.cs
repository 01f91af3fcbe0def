using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>What a server says and asks by itself, in the midst of calls or in their results, and how it is answered.</summary>
internal sealed class McpHearing(McpGrants grants, TimeProvider time)
{
    /// <summary>JSON-RPC's "method not found": what no capability was declared for.</summary>
    private const int Unknown = -32601;

    /// <summary>The specification's code for sampling that is refused (2025-11-25, client/sampling, "Error Handling").</summary>
    private const int Rejected = -1;

    /// <summary>Most messages a minute that are no answers. Progress a hundred times a second is less.</summary>
    private const int MostMessages = 20_000;

    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);

    // Guards itself: the calls that are under way, by their ids, which are their progress tokens too.
    private readonly Dictionary<long, UnderWay> _errands = [];
    private long _minuteBegan;
    private int _messages;

    public Action? ListsChanged { get; set; }

    /// <summary>Called with the reason when the server says so much that its connection should end.</summary>
    public Action<string>? Flooded { get; set; }

    public void Begin(long id, McpErrand errand, CancellationToken cancel)
    {
        lock (_errands)
            _errands[id] = new UnderWay(errand, cancel);
    }

    public void End(long id)
    {
        lock (_errands)
            _errands.Remove(id);
    }

    /// <summary>Takes what is no answer; the task, if any, gives what the server is answered.</summary>
    public Task<byte[]?>? Hear(JsonElement message)
    {
        if (IsFlood() || message.ValueKind != JsonValueKind.Object)
            return null;
        var method = McpAnswer.Text(message, "method");
        var parameters = message.TryGetProperty("params", out var given) ? given : default;
        if (method is null || !message.TryGetProperty("id", out var id))
        {
            Note(method, parameters);
            return null;
        }

        return method switch
        {
            "ping" => Task.FromResult<byte[]?>(Reply(id, static json => WriteEmpty(json))),
            "elicitation/create" => Task.FromResult<byte[]?>(Reply(id, json => McpElicitation.Answer(json, parameters, grants.Defaults))),
            "sampling/createMessage" when grants.Sampling => Sample(id, parameters),
            _ => Task.FromResult<byte[]?>(Error(id, Unknown, $"fangd does not answer {method}")),
        };
    }

    /// <summary>
    /// Answers to what a result asks for (2026-07-28, <c>input_required</c>), by the keys of the questions. Throws <see cref="McpException"/> for what
    /// cannot be answered: the call ends then.
    /// </summary>
    public async Task<List<KeyValuePair<string, string>>> Inputs(JsonElement result, McpErrand errand, CancellationToken cancel)
    {
        var answers = new List<KeyValuePair<string, string>>();
        if (!result.TryGetProperty("inputRequests", out var requests) || requests.ValueKind != JsonValueKind.Object)
            return answers;
        foreach (var request in requests.EnumerateObject())
        {
            var parameters = request.Value.ValueKind == JsonValueKind.Object && request.Value.TryGetProperty("params", out var given) ? given : default;
            var answer = McpAnswer.Text(request.Value, "method") switch
            {
                "elicitation/create" => Encoding.UTF8.GetString(Written(json => McpElicitation.Answer(json, parameters, grants.Defaults))),
                "sampling/createMessage" when errand.Sample is { } sample => await sample(parameters, cancel),
                "sampling/createMessage" => throw new McpException("it asks for the answer of a model, which this server is not allowed to (sampling = true allows it)"),
                "roots/list" => throw new McpException("it asks for folders of this machine, which fangd does not tell"),
                _ => throw new McpException("it asks for input that fangd cannot give"),
            };
            answers.Add(new(request.Name, answer));
        }

        return answers;
    }

    private void Note(string? method, JsonElement parameters)
    {
        if (method is "notifications/tools/list_changed" or "notifications/resources/list_changed" or "notifications/prompts/list_changed")
            ListsChanged?.Invoke();
        if (method != "notifications/progress" || parameters.ValueKind != JsonValueKind.Object || !parameters.TryGetProperty("progressToken", out var token) ||
            McpAnswer.Whole(token) is not { } id)
            return;
        var progress = new McpProgress(Number(parameters, "progress") ?? 0, Number(parameters, "total"), McpAnswer.Text(parameters, "message"));
        // Inside the lock: a call that has ended is not told any more.
        lock (_errands)
        {
            if (_errands.TryGetValue(id, out var under))
                under.Errand.Progressed?.Invoke(progress);
        }
    }

    private async Task<byte[]?> Sample(JsonElement id, JsonElement parameters)
    {
        // Away from the loop that reads the server.
        await Task.Yield();
        try
        {
            var under = Only() ?? throw new McpException("no call is under way for which a model could be asked", Rejected);
            var result = await under.Errand.Sample!(parameters, under.Cancel);
            return Reply(id, json => json.WriteRawValue(result));
        }
        catch (McpException refused)
        {
            return Error(id, refused.Code ?? Rejected, refused.Message);
        }
        catch (OperationCanceledException)
        {
            return Error(id, Rejected, "the call was given up");
        }
    }

    /// <summary>A server does not say for which call it asks; whose model answers is known only where there is one.</summary>
    private UnderWay? Only()
    {
        UnderWay? only = null;
        lock (_errands)
        {
            foreach (var under in _errands.Values)
            {
                if (under.Errand.Sample is null)
                    continue;
                if (only is not null)
                    return null;
                only = under;
            }
        }

        return only;
    }

    private bool IsFlood()
    {
        var now = time.GetTimestamp();
        if (time.GetElapsedTime(_minuteBegan, now) >= _minute)
            (_minuteBegan, _messages) = (now, 0);
        // Several streams may count at once; a few more or less do not matter.
        if (++_messages <= MostMessages)
            return false;
        if (_messages == MostMessages + 1)
            Flooded?.Invoke($"it sent more than {MostMessages} messages within a minute");
        return true;
    }

    private static double? Number(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? number : null;

    private static byte[] Reply(JsonElement id, Action<Utf8JsonWriter> writeResult) => Written(json =>
    {
        json.WriteStartObject();
        json.WriteString("jsonrpc", "2.0");
        json.WritePropertyName("id");
        id.WriteTo(json);
        json.WritePropertyName("result");
        writeResult(json);
        json.WriteEndObject();
    });

    private static byte[] Error(JsonElement id, int code, string message) => Written(json =>
    {
        json.WriteStartObject();
        json.WriteString("jsonrpc", "2.0");
        json.WritePropertyName("id");
        id.WriteTo(json);
        json.WriteStartObject("error");
        json.WriteNumber("code", code);
        json.WriteString("message", message);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    private static void WriteEmpty(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteEndObject();
    }

    private static byte[] Written(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(buffer))
            write(json);
        return buffer.WrittenMemory.ToArray();
    }

    private sealed class UnderWay(McpErrand errand, CancellationToken cancel)
    {
        public McpErrand Errand => errand;

        public CancellationToken Cancel => cancel;
    }
}
