namespace Fangd.Protocols.A2a;

/// <summary>One event of a stream (1.0 §3.2.3): a task as it is, an answer without a task, or a change of a task.</summary>
public abstract record A2aUpdate;

public sealed record TaskUpdate(A2aTask Task) : A2aUpdate;

/// <summary>The agent answered at once; nothing comes after it.</summary>
public sealed record MessageUpdate(A2aMessage Message) : A2aUpdate;

public sealed record StatusUpdate(string TaskId, string ContextId, A2aStatus Status) : A2aUpdate;

/// <summary>A piece of an artifact: it follows what came of it before (<paramref name="Append"/>) or takes its place.</summary>
public sealed record ArtifactUpdate(string TaskId, string ContextId, A2aArtifact Artifact, bool Append, bool IsLast) : A2aUpdate;
