using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Threading.Channels;
using Fangd.Protocols.A2a;
using Fangd.Server.A2a.Peers;
using Fangd.Server.A2a.Tasks;
using Fangd.Server.Http;
using Fangd.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.A2a.Push;

/// <summary>
/// Tells webhooks of the changes of tasks: that one is under way, and the whole task when it has ended. What is to be told lies in the database until
/// it is told, so it outlives the daemon, and may come twice where the daemon died on it. Changes of one task go one after the other; a few lanes,
/// so that one dead webhook does not hold up all others.
/// </summary>
internal sealed partial class PushSender(PushStore store, PushOutbox outbox, A2aTaskStore tasks, PeerTargets targets, Foundation on) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(25)];

    private readonly ILogger _log = on.Log<PushSender>();
    // Guards the lanes until they are made: by the first change that somebody wants to hear of.
    private readonly Lock _gate = new();
    private Channel<bool>[]? _lanes;
    private Task _working = Task.CompletedTask;

    public PushStore Store => store;

    /// <summary>Begins to tell what waits to be told, if anything; never waits.</summary>
    public void Wake()
    {
        if (outbox.IsEmpty)
            return;
        foreach (var lane in Open())
            lane.Writer.TryWrite(true);
    }

    public async ValueTask DisposeAsync()
    {
        if (_lanes is null)
            return;
        foreach (var lane in _lanes)
            lane.Writer.TryComplete();
        await _working;
    }

    private Channel<bool>[] Open()
    {
        lock (_gate)
        {
            if (_lanes is not null)
                return _lanes;
            // One signal is as good as many: nothing is lost when one is dropped.
            _lanes = [.. Enumerable.Range(0, PushOutbox.Lanes).Select(_ => Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.Wait }))];
            _working = Task.WhenAll(_lanes.Select((lane, number) => Task.Run(() => Work(lane, number))));
            return _lanes;
        }
    }

    private async Task Work(Channel<bool> signals, int lane)
    {
        try
        {
            await foreach (var _ in signals.Reader.ReadAllAsync(on.Stopping))
            {
                if (await Empty(lane))
                    continue;
                // What is wrong with the database may pass, as a full disk does.
                await Task.Delay(Pauses[^1], on.Time, on.Stopping);
                signals.Writer.TryWrite(true);
            }
        }
        catch (OperationCanceledException)
        {
            // The daemon stops; what is left is told by the next one.
        }
    }

    /// <summary>Tells all that waits; false when the database failed.</summary>
    private async Task<bool> Empty(int lane)
    {
        PushDelivery? delivery = null;
        try
        {
            while ((delivery = outbox.Next(lane)) is not null)
            {
                await Deliver(delivery);
                await outbox.Delete(delivery.Seq);
            }

            return true;
        }
        catch (SqlException failed)
        {
            Broke(delivery?.TaskId ?? "?", failed);
            return false;
        }
    }

    /// <summary>Comes back when it was taken, refused for good, or tried often enough.</summary>
    private async Task Deliver(PushDelivery delivery)
    {
        for (var attempt = delivery.Attempts; ; attempt++)
        {
            string why;
            try
            {
                if (await Post(delivery) is not { } refused)
                    return;
                why = refused;
            }
            catch (Exception failed) when (failed is HttpRequestException or IOException or ApiException || (failed is OperationCanceledException && !on.Stopping.IsCancellationRequested))
            {
                why = failed is OperationCanceledException ? "no answer in time" : failed.Message;
            }
            catch (Exception bug) when (bug is not (OperationCanceledException or SqlException))
            {
                on.Health.CountPanic();
                Broke(delivery.TaskId, bug);
                return;
            }

            if (attempt >= Pauses.Length)
            {
                GaveUp(delivery.TaskId, delivery.ConfigId, why);
                return;
            }

            await outbox.Failed(delivery.Seq);
            await Task.Delay(Pauses[attempt] * (1 + (on.Chance() / 4)), on.Time, on.Stopping);
        }
    }

    /// <summary>Null when it was taken, refused for good, or there is nobody to tell any more; otherwise why it was not.</summary>
    private async Task<string?> Post(PushDelivery delivery)
    {
        if (store.Find(delivery.TaskId, delivery.ConfigId) is not { } config || tasks.Find(delivery.TaskId) is not { } task)
            return null;
        using var patience = new CancellationTokenSource(Patience, on.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, on.Stopping);
        using var request = new HttpRequestMessage(HttpMethod.Post, config.Url) { Content = Body(At(delivery, task), config.Version) };
        if (config.Token is { } token)
            request.Headers.TryAddWithoutValidation("X-A2A-Notification-Token", token);
        if (config.Scheme is { } scheme)
            request.Headers.TryAddWithoutValidation("Authorization", $"{scheme} {config.Credentials}".TrimEnd());
        using var answer = await targets.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
        var status = (int)answer.StatusCode;
        if (status < 300)
            return null;
        if (status is >= 500 or 408 or 429)
            return $"HTTP {status}";
        Refused(delivery.TaskId, delivery.ConfigId, status);
        return null;
    }

    /// <summary>The task as it was at the change, which may not be the last one.</summary>
    private static StoredTask At(PushDelivery delivery, StoredTask task)
    {
        var state = A2aStates.Read(delivery.State) ?? A2aState.Unknown;
        return state.IsTerminal() ? task : task with { State = state, ChangedAt = delivery.At, Answer = null, Note = null, FinishedAt = null };
    }

    private static ReadOnlyMemoryContent Body(StoredTask task, A2aVersion version)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, JsonShape.WriterOptions))
        {
            var writer = new A2aWriter(json, version);
            // 0.3 sends the task as it is, at every change.
            if (task.State.IsTerminal() || version == A2aVersion.V03)
                writer.Update(new TaskUpdate(task.Shown()));
            else
                writer.Update(new StatusUpdate(task.Id, task.ContextId, task.Status));
        }

        var body = new ReadOnlyMemoryContent(buffer.WrittenMemory);
        body.Headers.ContentType = new MediaTypeHeaderValue(version == A2aVersion.V10 ? "application/a2a+json" : "application/json");
        return body;
    }

    [LoggerMessage(LogLevel.Warning, "The webhook {ConfigId} was not told of a change of task {TaskId}: {Reason}.")]
    private partial void GaveUp(string taskId, string configId, string reason);

    [LoggerMessage(LogLevel.Warning, "The webhook {ConfigId} refused a change of task {TaskId} with HTTP {Status}.")]
    private partial void Refused(string taskId, string configId, int status);

    [LoggerMessage(LogLevel.Error, "Telling a webhook of task {TaskId} broke.")]
    private partial void Broke(string taskId, Exception bug);
}
