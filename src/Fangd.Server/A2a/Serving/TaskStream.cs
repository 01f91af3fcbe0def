using System.Text;
using System.Text.Json;
using Fangd.Engine.Turns;
using Fangd.Protocols.A2a;
using Fangd.Server.A2a.Tasks;
using Fangd.Server.Http;
using Fangd.Server.Runs;

namespace Fangd.Server.A2a.Serving;

/// <summary>
/// Tells a task as it goes on: first the task, then its states and the pieces of its answer, last how it ended. A client that came late, or
/// fell behind, gets the whole answer in place of the pieces it has.
/// </summary>
/// <param name="sse">Where to.</param>
/// <param name="live">The task.</param>
/// <param name="write">Writes an update in the words of the binding and version.</param>
internal sealed class TaskStream(SseStream sse, LiveTask live, Action<Utf8JsonWriter, A2aUpdate> write)
{
    private readonly StringBuilder _told = new();
    private readonly StringBuilder _piece = new();
    private bool _hasBegun;

    public async Task Tell(RunSubscription events, CancellationToken aborted)
    {
        var begun = live.Now;
        Write(new TaskUpdate(begun.Shown()));
        await sse.Flush();
        while (true)
        {
            var happened = await events.Next(aborted);
            // A run may have ended in the moment in which it was subscribed to: then no event tells of it.
            if (events.IsCutOff || (happened.Count == 0 && live.Run.Done.IsCompleted))
                break;
            if (happened.Count == 0)
            {
                await sse.Comment();
                continue;
            }

            var isOver = Tell(happened);
            if (isOver)
                break;
            await sse.Flush();
        }

        await End(aborted);
    }

    /// <summary>Pieces of text that came together go out as one. True when the run is over.</summary>
    private bool Tell(IReadOnlyList<RunEvent> happened)
    {
        foreach (var one in happened)
        {
            switch (one)
            {
                case TextDelta text:
                    _piece.Append(text.Text);
                    break;
                case RunStarted or ApprovalDecided:
                    Status(null);
                    break;
                case ApprovalRequested asks:
                    Status(A2aTasks.Waiting(asks));
                    break;
                case RunFinished or RunFailed:
                    Piece();
                    return true;
            }
        }

        Piece();
        return false;
    }

    private void Status(string? note)
    {
        Piece();
        var now = live.Now;
        Write(new StatusUpdate(now.Id, now.ContextId, (now with { State = A2aState.Working, Note = note }).Status));
    }

    private void Piece()
    {
        if (_piece.Length == 0)
            return;
        Artifact(_piece.ToString(), append: _hasBegun, isLast: false);
        _told.Append(_piece);
        _piece.Clear();
        _hasBegun = true;
    }

    private async Task End(CancellationToken aborted)
    {
        // The row first: who hears of the end and asks for the task finds it ended.
        var ended = await live.Done.WaitAsync(aborted);
        if (ended.Answer is { Length: > 0 } answer)
        {
            if (_hasBegun && _told.Equals(answer))
                Artifact("", append: true, isLast: true);
            else
                Artifact(answer, append: false, isLast: true);
        }

        Write(new StatusUpdate(ended.Id, ended.ContextId, ended.Status));
        await sse.Flush();
    }

    private void Artifact(string text, bool append, bool isLast) =>
        Write(new ArtifactUpdate(live.Id, live.Now.ContextId, StoredTask.Artifact(text), append, isLast));

    private void Write(A2aUpdate update) => sse.Write(null, update, write);
}
