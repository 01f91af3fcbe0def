using System.Text.Json;

namespace Fangd.Protocols.Mcp.Serving;

/// <summary>One request of a client, as a method of the server sees it.</summary>
public sealed class McpRequest(string method, JsonElement parameters, McpEra era, IMcpChannel channel)
{
    private static readonly string[] _logLevels = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

    public string Method => method;

    public McpEra Era => era;

    /// <summary>An object; empty where the client sent none.</summary>
    public JsonElement Params => parameters;

    /// <summary>The capabilities that the client declared: in its handshake, or in this request.</summary>
    public JsonElement ClientCapabilities { get; init; }

    /// <summary>The least severe level of log messages that the client wants; null for none at all.</summary>
    public string? LogLevel { get; init; }

    /// <summary>Answers to what was asked in a result before, by key; undefined where there are none (2026-07-28).</summary>
    public JsonElement InputResponses => parameters.TryGetProperty("inputResponses", out var given) && given.ValueKind == JsonValueKind.Object ? given : default;

    /// <summary>What a result before gave the client to bring back, as it came back (2026-07-28).</summary>
    public string? RequestState => Text("requestState");

    /// <summary><c>complete</c>, or what the method made of it.</summary>
    public string ResultType { get; private set; } = "complete";

    public bool ClientHas(string capability) => ClientCapabilities.ValueKind == JsonValueKind.Object && ClientCapabilities.TryGetProperty(capability, out _);

    /// <summary>Throws when the client did not declare the capability.</summary>
    public void Demand(string capability)
    {
        if (!ClientHas(capability))
            throw McpFault.Capability(capability);
    }

    /// <summary>A string parameter; null where it is absent. Throws <see cref="McpFault"/> when it is something else.</summary>
    public string? Text(string name) => !parameters.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null
        ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString() : throw McpFault.Params($"{name} must be a string");

    public string DemandText(string name) => Text(name) ?? throw McpFault.Params($"{name} is missing");

    /// <summary>An object parameter; an empty one where it is absent.</summary>
    public JsonElement Object(string name) => !parameters.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null
        ? McpServer.Empty
        : value.ValueKind == JsonValueKind.Object ? value : throw McpFault.Params($"{name} must be an object");

    /// <summary>Tells how far the work is, where the client asked for it.</summary>
    public ValueTask Progress(double done, double total, CancellationToken cancel)
    {
        if (!parameters.TryGetProperty("_meta", out var meta) || meta.ValueKind != JsonValueKind.Object || !meta.TryGetProperty("progressToken", out var token))
            return ValueTask.CompletedTask;
        return channel.Notify(
            "notifications/progress",
            json =>
            {
                json.WritePropertyName("progressToken");
                token.WriteTo(json);
                json.WriteNumber("progress", done);
                json.WriteNumber("total", total);
            },
            cancel);
    }

    /// <summary>Sends a log message, where the client wants messages of this level.</summary>
    public ValueTask Log(string level, string message, CancellationToken cancel)
    {
        if (LogLevel is null || Array.IndexOf(_logLevels, level) < Array.IndexOf(_logLevels, LogLevel))
            return ValueTask.CompletedTask;
        return channel.Notify(
            "notifications/message",
            json =>
            {
                json.WriteString("level", level);
                json.WriteString("logger", "fangd");
                json.WriteString("data", message);
            },
            cancel);
    }

    public static bool IsLogLevel(string level) => Array.IndexOf(_logLevels, level) >= 0;

    /// <summary>Asks the client in the midst of a call; only with a handshake.</summary>
    public Task<JsonElement> Ask(string asked, Action<Utf8JsonWriter> writeParams, CancellationToken cancel) => channel.Ask(asked, writeParams, cancel);

    /// <summary>
    /// Answers that input is needed (2026-07-28): the client gets the questions that <paramref name="writeRequests"/> writes, and asks again
    /// with the answers and the state.
    /// </summary>
    public void NeedInput(Utf8JsonWriter result, Action<Utf8JsonWriter> writeRequests, string? state = null)
    {
        ResultType = "input_required";
        result.WriteStartObject("inputRequests");
        writeRequests(result);
        result.WriteEndObject();
        if (state is not null)
            result.WriteString("requestState", state);
    }
}
