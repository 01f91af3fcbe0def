using System.Collections.Immutable;
using System.Text.Json;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Server.Agents;
using Fangd.Server.Sessions;

namespace Fangd.Server.Runs;

/// <summary>What every entrance turns its request into: REST, streams, WebSocket and the OpenAI door alike.</summary>
internal sealed record RunRequest
{
    public required Agent Agent { get; init; }

    /// <summary>The kept session, or null for a conversation of its own that ends with the run.</summary>
    public required SessionRef? Session { get; init; }

    /// <summary>The new messages; in a conversation of its own, all of it.</summary>
    public required IReadOnlyList<LlmMessage> Messages { get; init; }

    /// <summary>The entrance, for the run's row: <c>message</c>, <c>stream</c>, <c>websocket</c>, <c>openai</c>, …</summary>
    public required string Origin { get; init; }

    public ModelRef? Model { get; init; }

    public IReadOnlyList<string> CallerSystem { get; init; } = [];

    public double? Temperature { get; init; }

    public int? MaxTokens { get; init; }

    public IReadOnlyList<KeyValuePair<string, JsonElement>> Options { get; init; } = [];

    public IReadOnlyList<LlmTool> ClientTools { get; init; } = [];

    public int Depth { get; init; }

    /// <summary>What the texts of <see cref="Messages"/> are tainted with: not the owner of the daemon wrote them.</summary>
    public TaintLabels Taint { get; init; }

    /// <summary>See <see cref="Engine.Tools.ToolScope.Sender"/>.</summary>
    public Engine.Tools.MessageSender? Sender { get; init; }

    /// <summary>See <see cref="TurnInput.Resumes"/>.</summary>
    public bool Resumes { get; init; }

    /// <summary>Keys of the sessions whose runs wait for this one; empty for a run that no agent asked for.</summary>
    public ImmutableArray<long> Ancestors { get; init; } = [];
}
