using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fangd.Protocols.Sse;

namespace Fangd.Protocols.A2a;

/// <summary>
/// Speaks to agents of others, in whichever way their card offers. What goes wrong is an <see cref="A2aPeerException"/>. The clock is the caller's:
/// every call ends with its token. Safe for concurrent use. <paramref name="http"/> is asked at each call, so that who calls nobody needs none.
/// </summary>
public sealed class A2aClient(Func<HttpClient> http)
{
    private const string VersionHeader = "A2A-Version";
    private const int MostCardBytes = 1024 * 1024;
    private const int MostAnswerBytes = 16 * 1024 * 1024;

    private static readonly string[] _cardPaths = ["/.well-known/agent-card.json", "/.well-known/agent.json"];
    private static readonly JsonWriterOptions _options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The card of the agent at an address, as text: at its place of today, else at its old one.</summary>
    public async Task<string> FetchCard(string url, string? token, CancellationToken cancel)
    {
        string? why = null;
        foreach (var path in _cardPaths)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url + path);
            using var answer = await Send(request, token, "application/json", cancel);
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                using var card = await ReadJson(answer, MostCardBytes, cancel);
                return card.RootElement.GetRawText();
            }

            why ??= $"HTTP {(int)answer.StatusCode}";
        }

        throw new A2aPeerException($"no agent card there: {why}");
    }

    /// <summary>Sends a message; the task at its end, or as far as it came when the other side ends the stream early.</summary>
    /// <param name="via">How.</param>
    /// <param name="message">What.</param>
    /// <param name="streams">Whether the other side can tell of the task as it goes on, which keeps long connections alive.</param>
    /// <param name="token">For <c>Authorization: Bearer</c>, or null.</param>
    /// <param name="cancel">The caller's patience.</param>
    public async Task<A2aTask> Send(A2aInterface via, A2aMessage message, bool streams, string? token, CancellationToken cancel)
    {
        if (via.Binding == A2aBinding.Plain)
        {
            using var posted = Request(HttpMethod.Post, $"{via.Url}/a2a/tasks/send", json => A2aPlain.WriteMessage(json, message));
            using var plain = await Ask(posted, token, cancel);
            return Understand(() => A2aPlain.ReadTask(plain.RootElement));
        }

        using var request = via.Binding == A2aBinding.Rest
            ? Request(HttpMethod.Post, $"{RestRoot(via)}/message:{(streams ? "stream" : "send")}", json => WriteParams(json, via, message))
            : Rpc(via, streams ? "SendStreamingMessage" : "SendMessage", streams ? "message/stream" : "message/send", json => WriteParams(json, via, message));
        using var answer = await Send(request, token, streams ? "text/event-stream" : "application/json", cancel);
        if (answer.StatusCode == HttpStatusCode.OK && answer.Content.Headers.ContentType?.MediaType == "text/event-stream")
            return await Fold(via, answer, cancel);
        using var document = await ReadAnswer(answer, cancel);
        var result = Result(via, document.RootElement);
        return Understand(() => A2aReader.Update(result)) switch
        {
            TaskUpdate { Task: var task } => task,
            MessageUpdate { Message: var said } => A2aFold.Answered(said),
            _ => throw new A2aPeerException("the answer is neither a task nor a message"),
        };
    }

    /// <summary>A task as it is now.</summary>
    public async Task<A2aTask> Get(A2aInterface via, string taskId, string? token, CancellationToken cancel)
    {
        using var request = via.Binding switch
        {
            A2aBinding.Plain => Request(HttpMethod.Get, $"{via.Url}/a2a/tasks/{Uri.EscapeDataString(taskId)}", null),
            A2aBinding.Rest => Request(HttpMethod.Get, $"{RestRoot(via)}/tasks/{Uri.EscapeDataString(taskId)}", null),
            _ => Rpc(via, "GetTask", "tasks/get", json =>
            {
                json.WriteStartObject();
                json.WriteString("id", taskId);
                Tenant(json, via);
                json.WriteEndObject();
            }),
        };
        using var document = await Ask(request, token, cancel);
        var root = document.RootElement;
        return Understand(() => via.Binding == A2aBinding.Plain ? A2aPlain.ReadTask(root) : A2aReader.Task(Result(via, root)));
    }

    private static async Task<A2aTask> Fold(A2aInterface via, HttpResponseMessage answer, CancellationToken cancel)
    {
        var fold = new A2aFold();
        using var parser = new SseParser();
        var buffer = new byte[16 * 1024];
        try
        {
            await using var stream = await answer.Content.ReadAsStreamAsync(cancel);
            int count;
            while (!fold.IsAtRest && (count = await stream.ReadAsync(buffer, cancel)) > 0)
                Fold(via, parser, buffer.AsSpan(0, count), fold);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException && fold.Task is not null)
        {
            // The task is known: it can be asked for.
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException or SseException)
        {
            throw new A2aPeerException($"the stream broke: {broken.Message}", inner: broken);
        }

        return fold.Task ?? throw new A2aPeerException("the stream ended before it told of a task");
    }

    private static void Fold(A2aInterface via, SseParser parser, ReadOnlySpan<byte> bytes, A2aFold fold)
    {
        while (!fold.IsAtRest && parser.TryRead(ref bytes, out var message))
        {
            using var document = Parse(message.Data.ToArray());
            var root = document.RootElement;
            Understand(() =>
            {
                fold.Add(A2aReader.Update(Result(via, root)));
                return true;
            });
        }
    }

    private static void WriteParams(Utf8JsonWriter json, A2aInterface via, A2aMessage message)
    {
        json.WriteStartObject();
        json.WritePropertyName("message");
        new A2aWriter(json, Version(via)).Message(message);
        if (via.Binding == A2aBinding.OldJsonRpc)
        {
            json.WriteStartObject("configuration");
            json.WriteBoolean("blocking", true);
            json.WriteEndObject();
        }

        Tenant(json, via);
        json.WriteEndObject();
    }

    /// <summary>In HTTP+JSON the path has it.</summary>
    private static void Tenant(Utf8JsonWriter json, A2aInterface via)
    {
        if (via is { Tenant: not null, Binding: A2aBinding.JsonRpc })
            json.WriteString("tenant", via.Tenant);
    }

    private static string RestRoot(A2aInterface via) => via.Tenant is null ? via.Url.TrimEnd('/') : $"{via.Url.TrimEnd('/')}/{Uri.EscapeDataString(via.Tenant)}";

    private static A2aVersion Version(A2aInterface via) => via.Binding == A2aBinding.OldJsonRpc ? A2aVersion.V03 : A2aVersion.V10;

    private static HttpRequestMessage Rpc(A2aInterface via, string method, string oldMethod, Action<Utf8JsonWriter> writeParams)
    {
        var request = Request(HttpMethod.Post, via.Url, json =>
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            json.WriteNumber("id", 1);
            json.WriteString("method", via.Binding == A2aBinding.OldJsonRpc ? oldMethod : method);
            json.WritePropertyName("params");
            writeParams(json);
            json.WriteEndObject();
        });
        request.Headers.TryAddWithoutValidation(VersionHeader, via.Binding == A2aBinding.OldJsonRpc ? "0.3" : "1.0");
        return request;
    }

    private static HttpRequestMessage Request(HttpMethod method, string url, Action<Utf8JsonWriter>? write)
    {
        var request = new HttpRequestMessage(method, url);
        if (write is null)
            return request;
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, _options))
            write(json);
        request.Content = new ReadOnlyMemoryContent(buffer.WrittenMemory);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return request;
    }

    private async Task<JsonDocument> Ask(HttpRequestMessage request, string? token, CancellationToken cancel)
    {
        using var answer = await Send(request, token, "application/json", cancel);
        return await ReadAnswer(answer, cancel);
    }

    private async Task<HttpResponseMessage> Send(HttpRequestMessage request, string? token, string accept, CancellationToken cancel)
    {
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (!request.Headers.Contains(VersionHeader))
            request.Headers.TryAddWithoutValidation(VersionHeader, "1.0");
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            return await http().SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        }
        catch (HttpRequestException failed)
        {
            throw new A2aPeerException($"it cannot be reached: {failed.Message.TrimEnd('.')}", inner: failed);
        }
    }

    private static async Task<JsonDocument> ReadAnswer(HttpResponseMessage answer, CancellationToken cancel)
    {
        var status = (int)answer.StatusCode;
        if (status == 200)
            return await ReadJson(answer, MostAnswerBytes, cancel);
        var told = await Told(answer, cancel);
        var what = status is 401 or 403 ? "it does not let us in: " : "";
        throw new A2aPeerException($"{what}HTTP {status}{told}", isNotSpoken: status is 404 or 405 or 415 or 501) { IsTaskUnknown = status == 404 };
    }

    /// <summary>What the error body says, behind a colon.</summary>
    private static async Task<string> Told(HttpResponseMessage answer, CancellationToken cancel)
    {
        try
        {
            using var body = await ReadJson(answer, 64 * 1024, cancel);
            if (body.RootElement.ValueKind != JsonValueKind.Object || !body.RootElement.TryGetProperty("error", out var error))
                return "";
            var text = error.ValueKind == JsonValueKind.Object && error.TryGetProperty("message", out var message) ? message : error;
            return text.ValueKind == JsonValueKind.String ? $": {Shorten(text.GetString()!)}" : "";
        }
        catch (A2aPeerException)
        {
            return "";
        }
    }

    private static JsonElement Result(A2aInterface via, JsonElement root)
    {
        if (via.Binding == A2aBinding.Rest)
            return root;
        if (root.ValueKind != JsonValueKind.Object)
            throw new A2aPeerException("the answer is not JSON-RPC", isNotSpoken: true);
        if (root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object)
        {
            var code = error.TryGetProperty("code", out var number) && number.TryGetInt32(out var known) ? known : 0;
            var message = error.TryGetProperty("message", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "no reason";
            throw new A2aPeerException($"it refused ({code}): {Shorten(message)}", isNotSpoken: code == A2aFault.MethodNotFoundCode || code == -32009) { IsTaskUnknown = code == -32001 };
        }

        return root.TryGetProperty("result", out var result) ? result : throw new A2aPeerException("the answer is not JSON-RPC", isNotSpoken: true);
    }

    private static async Task<JsonDocument> ReadJson(HttpResponseMessage answer, int most, CancellationToken cancel)
    {
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        try
        {
            await using var stream = await answer.Content.ReadAsStreamAsync(cancel);
            int count;
            while ((count = await stream.ReadAsync(buffer, cancel)) > 0)
            {
                body.Write(buffer, 0, count);
                if (body.Length > most)
                    throw new A2aPeerException($"the answer is larger than {most} bytes");
            }
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            throw new A2aPeerException($"the answer broke off: {broken.Message}", inner: broken);
        }

        return Parse(body.GetBuffer().AsMemory(0, (int)body.Length));
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 64 });
        }
        catch (JsonException wrong)
        {
            throw new A2aPeerException("the answer is not JSON", inner: wrong);
        }
    }

    private static T Understand<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (A2aFault wrong)
        {
            throw new A2aPeerException($"the answer is not what the protocol says: {wrong.Message}", inner: wrong);
        }
    }

    private static string Shorten(string text) => text.Length <= 300 ? text : text[..300];
}
