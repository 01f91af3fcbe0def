using System.Text.Json;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>How far a server says that its work is; <see cref="Total"/> and <see cref="Message"/> are null where it does not say.</summary>
public sealed class McpProgress(double done, double? total, string? message)
{
    public double Done => done;

    public double? Total => total;

    public string? Message => message;
}

/// <summary>What a call lets its server do before it answers.</summary>
public sealed class McpErrand
{
    /// <summary>Told of progress, on the connection's own time: must not block.</summary>
    public Action<McpProgress>? Progressed { get; init; }

    /// <summary>
    /// Asks a model: from the parameters of <c>sampling/createMessage</c> to its result as JSON. Refuses with a <see cref="McpException"/> that has a
    /// code. Null where the server may not ask.
    /// </summary>
    public Func<JsonElement, CancellationToken, Task<string>>? Sample { get; init; }
}

/// <summary>What the operator lets a server ask for; it is declared as capabilities, and nothing else is.</summary>
/// <param name="sampling">Answers of the model of the agent whose call is under way.</param>
/// <param name="defaults">Forms, which are filled with the defaults that they carry; without it they are declined.</param>
public sealed class McpGrants(bool sampling, bool defaults)
{
    public bool Sampling => sampling;

    public bool Defaults => defaults;

    public static McpGrants None { get; } = new(false, false);

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        if (Sampling)
        {
            json.WriteStartObject("sampling");
            json.WriteEndObject();
        }

        if (Defaults)
        {
            json.WriteStartObject("elicitation");
            json.WriteStartObject("form");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
