using Fangd.Protocols.A2a;

namespace Fangd.Server.A2a.Tasks;

/// <summary>A task's row.</summary>
internal sealed record StoredTask
{
    public const string AnswerId = "answer";

    public required string Id { get; init; }

    public required string AgentId { get; init; }

    public required string ContextId { get; init; }

    public required A2aState State { get; init; }

    /// <summary>What began it, without the bytes of files.</summary>
    public required A2aMessage Message { get; init; }

    /// <summary>Null while there is none.</summary>
    public string? Answer { get; init; }

    /// <summary>What is to be said about the state, or null.</summary>
    public string? Note { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>Null while it is under way.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    public A2aStatus Status => new(State, ChangedAt, Note is null ? null : Said($"{Id}-status", Note));

    /// <summary>As the protocol shows it.</summary>
    /// <param name="historyLength">Most messages of the history; null for all.</param>
    /// <param name="withArtifacts">Lists leave them out unless asked.</param>
    public A2aTask Shown(int? historyLength = null, bool withArtifacts = true) => new()
    {
        Id = Id,
        ContextId = ContextId,
        Status = Status,
        Artifacts = withArtifacts && Answer is { Length: > 0 } answer ? [Artifact(answer)] : [],
        History = historyLength == 0 ? [] : [Message],
    };

    public static A2aArtifact Artifact(string text) => new(AnswerId, AnswerId, [A2aPart.Of(text)]);

    public A2aMessage Said(string id, string text) => new() { Id = id, IsFromAgent = true, Parts = [A2aPart.Of(text)], ContextId = ContextId, TaskId = Id };
}

/// <summary>Which tasks are listed; null where it does not matter.</summary>
internal sealed record TaskFilter(string? AgentId, string? ContextId, A2aState? State, DateTimeOffset ChangedSince);

/// <summary>Where a page of tasks ends and the next one goes on.</summary>
internal readonly record struct TaskCursor(long ChangedAt, long Seq)
{
    public static TaskCursor Newest => new(long.MaxValue, long.MaxValue);

    public override string ToString() => $"{ChangedAt:x}-{Seq:x}";

    public static TaskCursor? Read(string token)
    {
        var dash = token.IndexOf('-');
        return dash > 0
            && long.TryParse(token.AsSpan(0, dash), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var at)
            && long.TryParse(token.AsSpan(dash + 1), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var seq)
            ? new TaskCursor(at, seq)
            : null;
    }
}
