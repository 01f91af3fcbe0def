using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Server.Agents;
using Fangd.Server.Runs;
using Fangd.Server.Sessions;

namespace Fangd.Server.OpenAiCompat;

/// <summary>A chat completion request in our own terms.</summary>
internal sealed record ChatRequest
{
    public required string Model { get; init; }

    /// <summary>The caller's system and developer messages, in order.</summary>
    public required IReadOnlyList<string> System { get; init; }

    /// <summary>All other messages, in order.</summary>
    public required IReadOnlyList<LlmMessage> Messages { get; init; }

    public IReadOnlyList<LlmTool> Tools { get; init; } = [];

    public bool Stream { get; init; }

    public bool IncludeUsage { get; init; }

    public double? Temperature { get; init; }

    public int? MaxTokens { get; init; }

    /// <summary>What goes to the provider as it came.</summary>
    public IReadOnlyList<KeyValuePair<string, JsonElement>> Options { get; init; } = [];

    /// <summary>OpenAI's end-user id; see <see cref="ChatSessions"/>.</summary>
    public string? User { get; init; }

    /// <summary>What the agent is to do with it, in this conversation; <paramref name="origin"/> names the door.</summary>
    public RunRequest ToRun(Agent agent, SessionRef? session, IReadOnlyList<LlmMessage> messages, string origin) => new()
    {
        Agent = agent,
        Session = session,
        Messages = messages,
        Origin = origin,
        CallerSystem = System,
        Temperature = Temperature,
        MaxTokens = MaxTokens,
        Options = Options,
        ClientTools = Tools,
    };
}
