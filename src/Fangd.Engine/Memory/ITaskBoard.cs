using Fangd.Protocols.Llm;

namespace Fangd.Engine.Memory;

/// <summary>Where a task of the board stands.</summary>
public enum BoardStatus
{
    Pending,
    InProgress,
    Completed,
}

/// <summary>A task that agents share; agents are ids, null when nobody or when they are gone.</summary>
public sealed record BoardTask
{
    public required string Id { get; init; }
    public required string Title { get; init; }
    public required string Description { get; init; }
    public required BoardStatus Status { get; init; }
    public string? PostedBy { get; init; }

    /// <summary>Null: any agent may claim it.</summary>
    public string? AssignedTo { get; init; }

    public string? ClaimedBy { get; init; }
    public string? Result { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What its texts were written with.</summary>
    public TaintLabels Taint { get; init; }
}

/// <summary>What became of a request to the board: the task, or why not as one sentence.</summary>
public readonly record struct BoardAnswer(BoardTask? Task, string? Refusal);

/// <summary>Tasks that agents post, claim and complete. Everything is durable when the call returns.</summary>
public interface ITaskBoard
{
    /// <param name="agentId">Who posts it.</param>
    /// <param name="title">Short.</param>
    /// <param name="description">What is to be done.</param>
    /// <param name="assignedTo">Id or name of the only agent that may claim it, or null.</param>
    /// <param name="taint">What the texts come with.</param>
    ValueTask<BoardAnswer> Post(string agentId, string title, string description, string? assignedTo, TaintLabels taint);

    /// <summary>
    /// The oldest pending task that is assigned to the agent, else the oldest for anybody, which is then its own; null when there is none.
    /// No two agents get the same one.
    /// </summary>
    ValueTask<BoardTask?> Claim(string agentId);

    /// <summary>Completes a task that the agent has claimed, or one that is still pending and not another's.</summary>
    ValueTask<BoardAnswer> Complete(string agentId, string taskId, string result, TaintLabels taint);

    BoardTask? Find(string taskId);

    /// <summary>The newest first, those of one status or all.</summary>
    IReadOnlyList<BoardTask> List(BoardStatus? status, int limit);
}
