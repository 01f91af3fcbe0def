using System.Text.Json;
using Fangd.Engine.Agents;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Turns;

/// <summary>What one run is asked to do. Immutable; the conversation, the model and the tools come beside it.</summary>
public sealed record TurnInput
{
    public required string RunId { get; init; }

    public required AgentManifest Agent { get; init; }

    /// <summary>The new messages, already validated: user messages, or the results of tools that the caller runs itself.</summary>
    public required IReadOnlyList<LlmMessage> Messages { get; init; }

    /// <summary>How many of the newest messages go into the context of an agent that does not say, at least 2.</summary>
    public int DefaultHistoryMessages { get; init; } = 40;

    /// <summary>The model to ask; null for the agent's own.</summary>
    public ModelRef? Model { get; init; }

    /// <summary>What the agent is told beside its own prompt, after it: who it is, and its skills. Null for nothing.</summary>
    public string? Identity { get; init; }

    /// <summary>System messages of the caller; they go after the agent's system prompt.</summary>
    public IReadOnlyList<string> CallerSystem { get; init; } = [];

    /// <summary>What is remembered and may matter here; it goes to the end of the system prompt, as notes.</summary>
    public IReadOnlyList<RecalledNote> Recalled { get; init; } = [];

    /// <summary>Replaces the agent's temperature, 0 to 2.</summary>
    public double? Temperature { get; init; }

    /// <summary>Replaces the agent's limit of output tokens. A caller's limit is kept: the answer is then not continued beyond it.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Further request fields, see <see cref="LlmRequest.Options"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, JsonElement>> Options { get; init; } = [];

    /// <summary>Tools that the caller runs itself; of two tools with one name the caller's is offered.</summary>
    public IReadOnlyList<LlmTool> ClientTools { get; init; } = [];

    /// <summary>How many agents called one another up to here, 0 to <see cref="TurnLoop.MaxDepth"/>.</summary>
    public int Depth { get; init; }

    /// <summary>
    /// Goes on where the daemon's death cut a run off: the calls at the end of the conversation that have no result are run first. The gate
    /// has to know that none of them ran before. <see cref="Messages"/> is then empty.
    /// </summary>
    public bool Resumes { get; init; }

    /// <summary>
    /// The request is its own conversation: none of its messages is left out or shortened, and the answer is handed on as the
    /// model gave it, also when it is empty. What does not fit is an error.
    /// </summary>
    public bool KeepAllMessages { get; init; }
}
