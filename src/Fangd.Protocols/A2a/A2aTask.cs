namespace Fangd.Protocols.A2a;

/// <summary>A piece of work that an agent does for a client.</summary>
public sealed record A2aTask
{
    public required string Id { get; init; }

    public required string ContextId { get; init; }

    public required A2aStatus Status { get; init; }

    public IReadOnlyList<A2aArtifact> Artifacts { get; init; } = [];

    public IReadOnlyList<A2aMessage> History { get; init; } = [];

    /// <summary>What the agent answered: its artifacts, or where there are none what it says about the state, or what it said last.</summary>
    public string Answer
    {
        get
        {
            var text = string.Join("\n", Artifacts.Select(artifact => string.Concat(artifact.Parts.Select(part => part.Text))).Where(text => text.Length > 0));
            if (text.Length == 0)
                text = Status.Message?.Text ?? "";
            return text.Length > 0 ? text : History.LastOrDefault(message => message.IsFromAgent)?.Text ?? "";
        }
    }
}

/// <summary>A state since <paramref name="At"/>, with what the agent says about it.</summary>
public sealed record A2aStatus(A2aState State, DateTimeOffset At, A2aMessage? Message = null);

/// <summary>Something that a task made.</summary>
public sealed record A2aArtifact(string Id, string? Name, IReadOnlyList<A2aPart> Parts);
