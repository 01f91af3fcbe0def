using System.Text.Json;

namespace Fangd.Protocols.A2a;

/// <summary>
/// The documents' own <c>/a2a/tasks/send</c>, and that of the real systems, which take the same below <c>params</c> and answer with a task of the
/// protocol's first days.
/// </summary>
internal static class A2aPlain
{
    public static void WriteMessage(Utf8JsonWriter json, A2aMessage message)
    {
        json.WriteStartObject();
        Message(json, message);
        Session(json, "session_id", message);
        json.WriteStartObject("params");
        Message(json, message);
        Session(json, "sessionId", message);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static A2aTask ReadTask(JsonElement task)
    {
        if (task.ValueKind != JsonValueKind.Object)
            throw A2aFault.Params("the answer must be an object");
        if (task.TryGetProperty("result", out var inner) && inner.ValueKind == JsonValueKind.Object && inner.TryGetProperty("status", out _))
            task = inner;
        var id = A2aReader.Id(task, "task_id") ?? A2aReader.Id(task, "id") ?? throw A2aFault.Params("task_id is missing");
        var status = task.TryGetProperty("status", out var said) && said.ValueKind == JsonValueKind.Object ? A2aReader.Text(said, "state") : A2aReader.Text(task, "status");
        return new A2aTask
        {
            Id = id,
            ContextId = A2aReader.Id(task, "session_id") ?? A2aReader.Id(task, "sessionId") ?? "",
            Status = new A2aStatus(A2aStates.Read(status ?? "") ?? throw A2aFault.Params($"status '{status}' is not known"), default),
            Artifacts = [.. Objects(task, "artifacts").Select(artifact => new A2aArtifact("", null, A2aReader.Parts(artifact, "artifacts")))],
            History = [.. Said(task)],
        };
    }

    private static IEnumerable<A2aMessage> Said(JsonElement task)
    {
        var all = Objects(task, "messages");
        if (task.TryGetProperty("result", out var result) && result.ValueKind == JsonValueKind.Object)
            all = all.Append(result);
        foreach (var message in all)
        {
            yield return new A2aMessage
            {
                Id = "",
                IsFromAgent = A2aReader.Text(message, "role") == "agent",
                Parts = A2aReader.Parts(message, "message"),
            };
        }
    }

    private static IEnumerable<JsonElement> Objects(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(entry => entry.ValueKind == JsonValueKind.Object)
            : [];

    private static void Message(Utf8JsonWriter json, A2aMessage message)
    {
        json.WriteStartObject("message");
        json.WriteString("role", "user");
        json.WriteStartArray("parts");
        foreach (var part in message.Parts)
        {
            json.WriteStartObject();
            json.WriteString("type", "text");
            json.WriteString("text", part.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Session(Utf8JsonWriter json, string name, A2aMessage message)
    {
        if (message.ContextId is not null)
            json.WriteString(name, message.ContextId);
    }
}
