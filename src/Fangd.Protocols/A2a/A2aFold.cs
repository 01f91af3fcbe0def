namespace Fangd.Protocols.A2a;

/// <summary>Puts the updates of a stream together into the task that they tell of.</summary>
public sealed class A2aFold
{
    private const int MostArtifacts = 64;
    private const int LongestArtifact = 8 * 1024 * 1024;

    private readonly List<A2aArtifact> _artifacts = [];
    private A2aTask? _task;

    /// <summary>As far as it was told; null before the first update.</summary>
    public A2aTask? Task => _task is null ? null : _task with { Artifacts = [.. _artifacts] };

    public bool IsAtRest => _task?.Status.State.IsAtRest() ?? false;

    /// <summary>Throws <see cref="A2aFault"/> when the task grows beyond all bounds.</summary>
    public void Add(A2aUpdate update)
    {
        switch (update)
        {
            case TaskUpdate { Task: var task }:
                _task = task;
                _artifacts.Clear();
                _artifacts.AddRange(task.Artifacts);
                break;
            case MessageUpdate { Message: var message }:
                _task = Answered(message);
                break;
            case StatusUpdate status:
                _task = Of(status.TaskId, status.ContextId) with { Status = status.Status };
                break;
            case ArtifactUpdate piece:
                _task = Of(piece.TaskId, piece.ContextId);
                Add(piece);
                break;
        }
    }

    /// <summary>An answer without a task, as a task that has ended.</summary>
    public static A2aTask Answered(A2aMessage message) => new()
    {
        Id = message.TaskId ?? message.Id,
        ContextId = message.ContextId ?? "",
        Status = new A2aStatus(A2aState.Completed, default),
        History = [message],
    };

    private A2aTask Of(string id, string contextId) => _task ?? new A2aTask { Id = id, ContextId = contextId, Status = new A2aStatus(A2aState.Working, default) };

    private void Add(ArtifactUpdate piece)
    {
        var at = _artifacts.FindIndex(artifact => artifact.Id == piece.Artifact.Id);
        if (at < 0)
        {
            if (_artifacts.Count == MostArtifacts)
                throw A2aFault.Params($"the task has more than {MostArtifacts} artifacts");
            _artifacts.Add(piece.Artifact);
            return;
        }

        _artifacts[at] = piece.Append ? _artifacts[at] with { Parts = [.. Joined(_artifacts[at].Parts, piece.Artifact.Parts)] } : piece.Artifact;
    }

    /// <summary>Text goes on where text ended, so that a long answer does not become a long list.</summary>
    private static List<A2aPart> Joined(IReadOnlyList<A2aPart> before, IReadOnlyList<A2aPart> more)
    {
        var parts = new List<A2aPart>(before);
        foreach (var part in more)
        {
            if (part.Text is not null && parts is [.., { Text: { } last }])
                parts[^1] = parts[^1] with { Text = last.Length + part.Text.Length <= LongestArtifact ? last + part.Text : throw A2aFault.Params("the artifact is too long") };
            else
                parts.Add(part);
        }

        return parts;
    }
}
