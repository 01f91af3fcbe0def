using System.Text.Json;
using Fangd.Protocols.A2a;
using Fangd.Server.A2a.Push;
using Fangd.Server.A2a.Tasks;

namespace Fangd.Server.A2a.Serving;

/// <summary>The operations on push notification configs (1.0 §3.1.7 to 3.1.10). <paramref name="refusal"/> says why an address is not called, or null.</summary>
internal sealed class PushOperations(PushStore configs, A2aTaskStore tasks, Func<string, string?> refusal, Func<string> newId)
{
    /// <summary>Reads and checks a config; the task's id may be filled in later.</summary>
    public PushConfig Read(JsonElement config, string taskId, A2aVersion version)
    {
        var read = PushConfig.Read(config, taskId, version, newId);
        return refusal(read.Url) is { } why ? throw A2aFault.Params($"url: {why}") : read;
    }

    public async Task<A2aResult> Create(A2aCall call)
    {
        var taskId = A2aReader.Text(call.Params, "taskId") ?? throw A2aFault.Params("taskId is missing");
        Demand(taskId);
        // The drafts of 1.0 had the config in an object of its own, as 0.3 does.
        var inner = A2aReader.Object(call.Params, call.Version == A2aVersion.V03 ? "pushNotificationConfig" : "config");
        if (call.Version == A2aVersion.V03 && inner.ValueKind != JsonValueKind.Object)
            throw A2aFault.Params("pushNotificationConfig is missing");
        var config = Read(inner.ValueKind == JsonValueKind.Object ? inner : call.Params, taskId, call.Version);
        await configs.Set(config);
        return json => config.Write(json, call.Version);
    }

    public A2aResult Get(A2aCall call)
    {
        var (taskId, id) = Named(call);
        Demand(taskId);
        // 0.3 may ask for the config without naming it.
        var config = (id is null && call.Version == A2aVersion.V03 ? configs.Of(taskId).FirstOrDefault() : configs.Find(taskId, id ?? throw A2aFault.Params("id is missing")))
            ?? throw A2aFault.NoSuchPushConfig(id ?? "");
        return json => config.Write(json, call.Version);
    }

    /// <summary>All of them: there are a few at most, so there is one page.</summary>
    public A2aResult List(A2aCall call)
    {
        var (taskId, _) = Named(call);
        Demand(taskId);
        var all = configs.Of(taskId);
        return json =>
        {
            if (call.Version == A2aVersion.V10)
            {
                json.WriteStartObject();
                json.WriteStartArray("configs");
            }
            else
            {
                json.WriteStartArray();
            }

            foreach (var config in all)
                config.Write(json, call.Version);
            json.WriteEndArray();
            if (call.Version == A2aVersion.V10)
            {
                json.WriteString("nextPageToken", "");
                json.WriteEndObject();
            }
        };
    }

    /// <summary>One that is not there is as good as deleted.</summary>
    public async Task<A2aResult> Delete(A2aCall call)
    {
        var (taskId, id) = Named(call);
        Demand(taskId);
        await configs.Delete(taskId, id ?? throw A2aFault.Params("id is missing"));
        return json =>
        {
            if (call.Version == A2aVersion.V03)
            {
                json.WriteNullValue();
                return;
            }

            json.WriteStartObject();
            json.WriteEndObject();
        };
    }

    /// <summary>0.3 calls the task's id <c>id</c> and the config's <c>pushNotificationConfigId</c>.</summary>
    private static (string TaskId, string? Id) Named(A2aCall call) => call.Version == A2aVersion.V03
        ? (call.TaskId, A2aReader.Id(call.Params, "pushNotificationConfigId"))
        : (A2aReader.Text(call.Params, "taskId") ?? throw A2aFault.Params("taskId is missing"), A2aReader.Id(call.Params, "id"));

    private void Demand(string taskId)
    {
        if (tasks.Find(taskId) is null)
            throw A2aFault.TaskNotFound(taskId);
    }
}
