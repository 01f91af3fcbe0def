using System.Text.Json.Serialization;
using Fangd.Server.Http;

namespace Fangd.Server.Mcp;

/// <summary>How a server is reached.</summary>
public enum McpTransportKind
{
    /// <summary>A program of this machine, over its standard streams.</summary>
    Stdio,

    /// <summary>Streamable HTTP; the older way where a server refuses that.</summary>
    Http,

    /// <summary>HTTP as of 2024-11-05: a stream of events beside an address for messages.</summary>
    Sse,
}

/// <summary>A server as it is configured. Secrets are in it by the names of their variables only.</summary>
public sealed partial record McpServerSettings : IAnswer, IRequest<McpServerSettings>
{
    /// <summary>1 to 64 of letters, digits, dashes, underscores and dots.</summary>
    public required string Name { get; init; }

    public required McpTransportKind Transport { get; init; }

    /// <summary>The program, for stdio.</summary>
    public string? Command { get; init; }

    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary>The address, for HTTP.</summary>
    public string? Url { get; init; }

    /// <summary>Variables that the program gets: <c>NAME</c> is looked up, <c>NAME=value</c> is meant as it stands.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    /// <summary>Headers as <c>Name: value</c>; <c>${NAME}</c> in a value is looked up.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];

    /// <summary>How long the server may be silent in a call, s; 1 to 3600.</summary>
    public int TimeoutSecs { get; init; } = 60;

    /// <summary>The server may ask the model of the agent that calls it, on that agent's budget.</summary>
    public bool Sampling { get; init; }

    /// <summary>Its forms are accepted as they are filled in beforehand; without it they are declined.</summary>
    public bool AcceptDefaults { get; init; }

    /// <summary>How tokens for it are had; null where the server itself says all that there is to know.</summary>
    public McpOAuthSettings? OAuth { get; init; }

    /// <summary>The entry of the catalog that it was made from.</summary>
    public string? TemplateId { get; init; }

    public DateTimeOffset AddedAt { get; init; }

    /// <summary>It stands in the configuration, so that it can be changed only there.</summary>
    [JsonIgnore]
    public bool IsConfigured { get; init; }

    /// <summary>Whether a connection with the other settings would be the same one.</summary>
    public bool IsSameAs(McpServerSettings other) => IsConfigured == other.IsConfigured && AnswerJson.Of(this) == AnswerJson.Of(other);
}
