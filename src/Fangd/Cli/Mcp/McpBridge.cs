using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Fangd.Cli.Api;
using Fangd.Cli.Output;
using Fangd.Protocols.Sse;

namespace Fangd.Cli.Mcp;

/// <summary>
/// Carries MCP's messages between standard input and output, a line each, and the daemon's endpoint. It understands no more of them than the
/// endpoint's headers ask for: the version, the method and the session.
/// </summary>
internal sealed class McpBridge(DaemonClient daemon, TextReader input, Action<string> output) : IDisposable
{
    private const int MostAtOnce = 32;

    private static readonly MediaTypeHeaderValue _json = new("application/json");

    private readonly SemaphoreSlim _free = new(MostAtOnce);
    // A line is written whole before the next one.
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _end = new();
    private volatile string? _session;
    private volatile string? _version;
    private Task _listening = Task.CompletedTask;

    /// <summary>Until the input ends; then what is under way may end too.</summary>
    public async Task Run(CancellationToken aborted)
    {
        var underWay = new List<Task>();
        while (await input.ReadLineAsync(aborted) is { } line)
        {
            if (string.IsNullOrWhiteSpace(line))
                continue;
            await _free.WaitAsync(aborted);
            underWay.RemoveAll(task => task.IsCompleted);
            var sent = Carry(line, aborted);
            // What follows the handshake needs what it gave.
            if (line.Contains("\"initialize\"", StringComparison.Ordinal))
                await sent;
            else
                underWay.Add(sent);
        }

        await Task.WhenAll(underWay);
        await _end.CancelAsync();
        await _listening;
    }

    public void Dispose() => _end.Dispose();

    private async Task Carry(string line, CancellationToken aborted)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "mcp") { Content = new StringContent(line, Encoding.UTF8) };
            request.Content.Headers.ContentType = _json;
            var (id, method) = Describe(line, request.Headers);
            try
            {
                using var response = await daemon.Open(request, aborted);
                await Take(response, id, method, aborted);
            }
            catch (CommandException unreachable) when (id is not null)
            {
                await Write(Failure(id, unreachable.Message), aborted);
            }
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>The headers that a message needs; its id as JSON and its method.</summary>
    private (string? Id, string? Method) Describe(string line, HttpRequestHeaders headers)
    {
        headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        if (_session is { } session)
            headers.TryAddWithoutValidation("Mcp-Session-Id", session);
        JsonElement message;
        try
        {
            using var document = JsonDocument.Parse(line);
            message = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return (null, null);
        }

        if (message.ValueKind != JsonValueKind.Object)
            return (null, null);
        var method = Text(message, "method");
        var parameters = message.TryGetProperty("params", out var given) && given.ValueKind == JsonValueKind.Object ? given : default;
        var meta = parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("_meta", out var m) ? m : default;
        if (Text(meta, "io.modelcontextprotocol/protocolVersion") is { } version)
        {
            headers.TryAddWithoutValidation("MCP-Protocol-Version", version);
            headers.TryAddWithoutValidation("Mcp-Method", method);
            if ((Text(parameters, "name") ?? Text(parameters, "uri")) is { } name)
                headers.TryAddWithoutValidation("Mcp-Name", $"=?base64?{Convert.ToBase64String(Encoding.UTF8.GetBytes(name))}?=");
        }
        else if (_version is { } negotiated)
        {
            headers.TryAddWithoutValidation("MCP-Protocol-Version", negotiated);
        }

        return (message.TryGetProperty("id", out var id) ? id.GetRawText() : null, method);
    }

    private async Task Take(HttpResponseMessage response, string? id, string? method, CancellationToken aborted)
    {
        if (method == "initialize" && response.Headers.TryGetValues("Mcp-Session-Id", out var ids))
            _session = ids.First();
        if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
        {
            await Stream(response, aborted);
            return;
        }

        var body = await response.Content.ReadAsStringAsync(aborted);
        if (body.Length == 0)
            return;
        if (method == "initialize")
            Begin(body, aborted);
        // A refusal of the door itself, as for a wrong key, knows no id; without one the client would wait for ever.
        await Write(response.IsSuccessStatusCode || id is null ? body : Refusal(id, body, (int)response.StatusCode), aborted);
    }

    private static string Refusal(string id, string body, int status)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.TryGetProperty("id", out var told) && told.ValueKind != JsonValueKind.Null)
                return body;
            return Failure(id, root.TryGetProperty("error", out var error) && Text(error, "message") is { } message ? message : $"fangd answered with status {status}");
        }
        catch (JsonException)
        {
            return Failure(id, $"fangd answered with status {status}");
        }
    }

    private void Begin(string answer, CancellationToken aborted)
    {
        using var document = JsonDocument.Parse(answer);
        if (!document.RootElement.TryGetProperty("result", out var result) || Text(result, "protocolVersion") is not { } version)
            return;
        _version = version;
        if (_session is { } session)
            _listening = Listen(session, version, aborted);
    }

    /// <summary>What the daemon says by itself.</summary>
    private async Task Listen(string session, string version, CancellationToken aborted)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(aborted, _end.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "mcp");
            request.Headers.TryAddWithoutValidation("Accept", "text/event-stream");
            request.Headers.TryAddWithoutValidation("Mcp-Session-Id", session);
            request.Headers.TryAddWithoutValidation("MCP-Protocol-Version", version);
            using var response = await daemon.Open(request, either.Token);
            if (response.IsSuccessStatusCode)
                await Stream(response, either.Token);
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or CommandException)
        {
            // Notices are lost then, and nothing else; the next request says whether the daemon is there.
        }
    }

    private async Task Stream(HttpResponseMessage response, CancellationToken aborted)
    {
        await using var body = await response.Content.ReadAsStreamAsync(aborted);
        using var parser = new SseParser();
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = await body.ReadAsync(buffer, aborted)) > 0)
        {
            foreach (var message in Messages(parser, buffer.AsSpan(0, count)))
                await Write(message, aborted);
        }
    }

    private static List<string> Messages(SseParser parser, ReadOnlySpan<byte> bytes)
    {
        var messages = new List<string>();
        while (parser.TryRead(ref bytes, out var message))
            messages.Add(Encoding.UTF8.GetString(message.Data.Span));
        return messages;
    }

    private static string Failure(string id, string message) => Encoding.UTF8.GetString(JsonText.Of(json =>
    {
        json.WriteStartObject();
        json.WriteString("jsonrpc", "2.0");
        json.WritePropertyName("id");
        json.WriteRawValue(id);
        json.WriteStartObject("error");
        json.WriteNumber("code", -32603);
        json.WriteString("message", message);
        json.WriteEndObject();
        json.WriteEndObject();
    }).Span);

    private async Task Write(string message, CancellationToken aborted)
    {
        await _writing.WaitAsync(aborted);
        try
        {
            // A line end in JSON is white space, and here it would end the message.
            output(message.ReplaceLineEndings(" "));
        }
        finally
        {
            _writing.Release();
        }
    }

    private static string? Text(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
