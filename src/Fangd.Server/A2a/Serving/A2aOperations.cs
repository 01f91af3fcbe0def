using System.Text.Json;
using Fangd.Protocols.A2a;
using Fangd.Server.A2a.Tasks;
using Fangd.Server.Http;
using Fangd.Server.Runs;

namespace Fangd.Server.A2a.Serving;

/// <summary>The operations of the protocol (1.0 §3.1), whatever binding and version they are called in.</summary>
internal sealed class A2aOperations(A2aTasks tasks, A2aTaskStore store, A2aAgents agents, MessageContent content, PushOperations push, Func<string> newId)
{
    /// <summary>Sends a message and waits for the end of its task, unless the client does not want to wait.</summary>
    public async Task<A2aResult> Send(A2aCall call, CancellationToken aborted)
    {
        var order = Order(call);
        var configuration = Configuration(call);
        var historyLength = configuration.ValueKind == JsonValueKind.Object ? A2aReader.Whole(configuration, "historyLength", 0, int.MaxValue, "configuration") : null;
        var waits = configuration.ValueKind != JsonValueKind.Object
            || !(A2aReader.Flag(configuration, "returnImmediately", "configuration") ?? A2aReader.Flag(configuration, "blocking", "configuration") is false);
        var live = await tasks.Start(order);
        var task = waits ? await live.Done.WaitAsync(aborted) : live.Now;
        return json => new A2aWriter(json, call.Version).Result(task.Shown(historyLength));
    }

    /// <summary>Sends a message whose task is told as it goes on.</summary>
    public async Task<(LiveTask Task, RunSubscription Events)> Open(A2aCall call)
    {
        RunSubscription? events = null;
        var live = await tasks.Start(Order(call), run => events = run.Subscribe(SseStream.KeepAlive));
        return (live, events!);
    }

    /// <summary>Tells of a task that is under way already.</summary>
    public (LiveTask Task, RunSubscription Events) Subscribe(A2aCall call)
    {
        var id = call.TaskId;
        if (tasks.FindLive(id) is { } live)
            return (live, live.Run.Subscribe(SseStream.KeepAlive));
        throw Find(id) is { } ? A2aFault.Unsupported($"Task '{id}' has ended: there is nothing to subscribe to") : A2aFault.TaskNotFound(id);
    }

    public A2aResult Get(A2aCall call)
    {
        var (historyLength, task) = (call.HistoryLength, Find(call.TaskId));
        return json => new A2aWriter(json, call.Version).Task(task.Shown(historyLength));
    }

    public async Task<A2aResult> Cancel(A2aCall call, CancellationToken aborted)
    {
        var id = call.TaskId;
        _ = Find(id);
        var task = await tasks.Cancel(id, aborted) ?? throw A2aFault.NotCancelable(id);
        return json => new A2aWriter(json, call.Version).Task(task.Shown());
    }

    public A2aResult List(A2aCall call)
    {
        var filter = new TaskFilter(call.Tenant is { } tenant ? agents.Find(tenant).Id : null, A2aReader.Id(call.Params, "contextId"), call.State, call.Since);
        var pageSize = A2aReader.Whole(call.Params, "pageSize", 1, 100) ?? 50;
        var historyLength = call.HistoryLength;
        var withArtifacts = A2aReader.Flag(call.Params, "includeArtifacts") ?? false;
        var after = A2aReader.Text(call.Params, "pageToken") is { } token
            ? TaskCursor.Read(token) ?? throw A2aFault.Params("pageToken is not one that was given out here")
            : TaskCursor.Newest;
        // One more than asked for tells whether there is a next page.
        var page = store.Page(filter, after, pageSize + 1);
        var hasMore = page.Count > pageSize;
        if (hasMore)
            page.RemoveAt(pageSize);
        var total = store.Count(filter);
        return json =>
        {
            var writer = new A2aWriter(json, call.Version);
            json.WriteStartObject();
            json.WriteStartArray("tasks");
            foreach (var (_, task) in page)
                writer.Task(task.Shown(historyLength, withArtifacts));
            json.WriteEndArray();
            json.WriteString("nextPageToken", hasMore ? page[^1].At.ToString() : "");
            json.WriteNumber("pageSize", pageSize);
            json.WriteNumber("totalSize", total);
            json.WriteEndObject();
        };
    }

    private StoredTask Find(string id) => tasks.Find(id) ?? throw A2aFault.TaskNotFound(id);

    private TaskOrder Order(A2aCall call)
    {
        call.Params.TryGetProperty("message", out var element);
        var message = A2aReader.Message(element);
        if (message.TaskId is { } taskId)
            throw Continued(Find(taskId), message);
        var agent = agents.Of(message, A2aReader.Object(call.Params, "metadata"), call.Tenant);
        var parts = content.Read(message);
        var configuration = Configuration(call);
        var wanted = configuration.ValueKind == JsonValueKind.Object
            ? A2aReader.Object(configuration, call.Version == A2aVersion.V10 ? "taskPushNotificationConfig" : "pushNotificationConfig", "configuration")
            : default;
        return new TaskOrder(agent, message.ContextId ?? newId(), MessageContent.WithoutFiles(message), parts)
        {
            Push = wanted.ValueKind == JsonValueKind.Object ? push.Read(wanted, "", call.Version) : null,
        };
    }

    /// <summary>A task here is one run: it takes no second message. What follows on it is a new task in the same context.</summary>
    private static A2aFault Continued(StoredTask task, A2aMessage message)
    {
        if (message.ContextId is { } context && context != task.ContextId)
            return A2aFault.Params($"message.contextId is not that of task '{task.Id}'");
        var why = task.State.IsTerminal() ? "has ended" : "is under way and takes no further message";
        return A2aFault.Unsupported($"Task '{task.Id}' {why}: send the message with contextId '{task.ContextId}' and without taskId");
    }

    private static JsonElement Configuration(A2aCall call) => A2aReader.Object(call.Params, "configuration");
}
