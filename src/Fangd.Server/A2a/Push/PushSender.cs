using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Threading.Channels;
using Fangd.Protocols.A2a;
using Fangd.Server.A2a.Peers;
using Fangd.Server.A2a.Tasks;
using Fangd.Server.Http;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.A2a.Push;

/// <summary>
/// Tells webhooks of the changes of tasks: that one is under way, and the whole task when it has ended. Changes of one task go one after the
/// other; a few lanes, so that one dead webhook does not hold up all others. What waits when the daemon dies is lost: state never depends on it.
/// </summary>
internal sealed partial class PushSender(PushStore store, PeerTargets targets, Foundation on) : IAsyncDisposable
{
    private const int Lanes = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(25)];

    private readonly ILogger _log = on.Log<PushSender>();
    // Guards the lanes until they are made: by the first change that somebody wants to hear of.
    private readonly Lock _gate = new();
    private Channel<Delivery>[]? _lanes;
    private Task _working = Task.CompletedTask;

    public PushStore Store => store;

    /// <summary>Queues what those who want to hear of the task are told; never waits.</summary>
    public void Tell(StoredTask task)
    {
        foreach (var config in store.Of(task.Id))
        {
            var lane = Open()[(uint)task.Id.GetHashCode(StringComparison.Ordinal) % Lanes];
            if (!lane.Writer.TryWrite(new Delivery(config, task)))
                Dropped(task.Id, config.Id);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_lanes is null)
            return;
        foreach (var lane in _lanes)
            lane.Writer.TryComplete();
        await _working;
    }

    private Channel<Delivery>[] Open()
    {
        lock (_gate)
        {
            if (_lanes is not null)
                return _lanes;
            // A full lane drops what is new: the webhook is dead or slow, and its client can ask for the task.
            _lanes = [.. Enumerable.Range(0, Lanes).Select(_ => Channel.CreateBounded<Delivery>(new BoundedChannelOptions(256) { FullMode = BoundedChannelFullMode.Wait }))];
            _working = Task.WhenAll(_lanes.Select(Work));
            return _lanes;
        }
    }

    private async Task Work(Channel<Delivery> lane)
    {
        try
        {
            await foreach (var delivery in lane.Reader.ReadAllAsync(on.Stopping))
                await Deliver(delivery);
        }
        catch (OperationCanceledException)
        {
            // The daemon stops.
        }
    }

    private async Task Deliver(Delivery delivery)
    {
        for (var attempt = 0; ; attempt++)
        {
            string why;
            try
            {
                if (await Post(delivery) is not { } refused)
                    return;
                why = refused;
            }
            catch (Exception failed) when (failed is HttpRequestException or IOException || (failed is OperationCanceledException && !on.Stopping.IsCancellationRequested))
            {
                why = failed is OperationCanceledException ? "no answer in time" : failed.Message;
            }
            catch (Exception bug) when (bug is not OperationCanceledException)
            {
                on.Health.CountPanic();
                Broke(delivery.Task.Id, bug);
                return;
            }

            if (attempt == Pauses.Length)
            {
                GaveUp(delivery.Task.Id, delivery.Config.Id, why);
                return;
            }

            await Task.Delay(Pauses[attempt] * (1 + (on.Chance() / 4)), on.Time, on.Stopping);
        }
    }

    /// <summary>Null when it was taken, or refused for good; otherwise why it was not.</summary>
    private async Task<string?> Post(Delivery delivery)
    {
        using var patience = new CancellationTokenSource(Patience, on.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, on.Stopping);
        using var request = new HttpRequestMessage(HttpMethod.Post, delivery.Config.Url) { Content = Body(delivery) };
        if (delivery.Config.Token is { } token)
            request.Headers.TryAddWithoutValidation("X-A2A-Notification-Token", token);
        if (delivery.Config.Scheme is { } scheme)
            request.Headers.TryAddWithoutValidation("Authorization", $"{scheme} {delivery.Config.Credentials}".TrimEnd());
        using var answer = await targets.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
        var status = (int)answer.StatusCode;
        if (status < 300)
            return null;
        if (status is >= 500 or 408 or 429)
            return $"HTTP {status}";
        Refused(delivery.Task.Id, delivery.Config.Id, status);
        return null;
    }

    private static ReadOnlyMemoryContent Body(Delivery delivery)
    {
        var (task, version) = (delivery.Task, delivery.Config.Version);
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

    [LoggerMessage(LogLevel.Warning, "A change of task {TaskId} was not queued for the webhook {ConfigId}: too many wait.")]
    private partial void Dropped(string taskId, string configId);

    [LoggerMessage(LogLevel.Warning, "The webhook {ConfigId} was not told of a change of task {TaskId}: {Reason}.")]
    private partial void GaveUp(string taskId, string configId, string reason);

    [LoggerMessage(LogLevel.Warning, "The webhook {ConfigId} refused a change of task {TaskId} with HTTP {Status}.")]
    private partial void Refused(string taskId, string configId, int status);

    [LoggerMessage(LogLevel.Error, "Telling a webhook of task {TaskId} broke.")]
    private partial void Broke(string taskId, Exception bug);

    private sealed record Delivery(PushConfig Config, StoredTask Task);
}
