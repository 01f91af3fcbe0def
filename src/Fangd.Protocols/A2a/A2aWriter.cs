using System.Globalization;
using System.Text.Json;

namespace Fangd.Protocols.A2a;

/// <summary>
/// Writes the model in the words of either version. By hand, because the two differ in names, wrappers and <c>kind</c> only: one writer is
/// shorter than two sets of wire types and the mapping between them.
/// </summary>
public readonly struct A2aWriter(Utf8JsonWriter json, A2aVersion version)
{
    private bool IsOld => version == A2aVersion.V03;

    /// <summary>What answers a sent message: in 1.0 the task in a wrapper, in 0.3 the task itself.</summary>
    public void Result(A2aTask task) => Update(new TaskUpdate(task));

    public void Update(A2aUpdate update)
    {
        if (!IsOld)
        {
            json.WriteStartObject();
            json.WritePropertyName(update switch
            {
                TaskUpdate => "task",
                MessageUpdate => "message",
                StatusUpdate => "statusUpdate",
                _ => "artifactUpdate",
            });
        }

        switch (update)
        {
            case TaskUpdate { Task: var task }:
                Task(task);
                break;
            case MessageUpdate { Message: var message }:
                Message(message);
                break;
            case StatusUpdate status:
                WriteStatusUpdate(status);
                break;
            case ArtifactUpdate artifact:
                WriteArtifactUpdate(artifact);
                break;
        }

        if (!IsOld)
            json.WriteEndObject();
    }

    public void Task(A2aTask task)
    {
        json.WriteStartObject();
        json.WriteString("id", task.Id);
        json.WriteString("contextId", task.ContextId);
        Status(task.Status);
        if (task.Artifacts.Count > 0)
        {
            json.WriteStartArray("artifacts");
            foreach (var artifact in task.Artifacts)
                Artifact(artifact);
            json.WriteEndArray();
        }

        if (task.History.Count > 0)
        {
            json.WriteStartArray("history");
            foreach (var message in task.History)
                Message(message);
            json.WriteEndArray();
        }

        Kind("task");
        json.WriteEndObject();
    }

    public void Message(A2aMessage message)
    {
        json.WriteStartObject();
        json.WriteString("messageId", message.Id);
        Optional("contextId", message.ContextId);
        Optional("taskId", message.TaskId);
        json.WriteString("role", (message.IsFromAgent, IsOld) switch
        {
            (true, true) => "agent",
            (false, true) => "user",
            (true, false) => "ROLE_AGENT",
            (false, false) => "ROLE_USER",
        });
        Parts(message.Parts);
        if (message.Metadata.ValueKind == JsonValueKind.Object)
        {
            json.WritePropertyName("metadata");
            message.Metadata.WriteTo(json);
        }

        Kind("message");
        json.WriteEndObject();
    }

    private void WriteStatusUpdate(StatusUpdate update)
    {
        json.WriteStartObject();
        json.WriteString("taskId", update.TaskId);
        json.WriteString("contextId", update.ContextId);
        Status(update.Status);
        Kind("status-update");
        if (IsOld)
            json.WriteBoolean("final", update.Status.State.IsAtRest());
        json.WriteEndObject();
    }

    private void WriteArtifactUpdate(ArtifactUpdate update)
    {
        json.WriteStartObject();
        json.WriteString("taskId", update.TaskId);
        json.WriteString("contextId", update.ContextId);
        json.WritePropertyName("artifact");
        Artifact(update.Artifact);
        json.WriteBoolean("append", update.Append);
        json.WriteBoolean("lastChunk", update.IsLast);
        Kind("artifact-update");
        json.WriteEndObject();
    }

    private void Status(A2aStatus status)
    {
        json.WriteStartObject("status");
        json.WriteString("state", status.State.Word(version));
        json.WriteString("timestamp", Time(status.At));
        if (status.Message is { } message)
        {
            json.WritePropertyName("message");
            Message(message);
        }

        json.WriteEndObject();
    }

    private void Artifact(A2aArtifact artifact)
    {
        json.WriteStartObject();
        json.WriteString("artifactId", artifact.Id);
        Optional("name", artifact.Name);
        Parts(artifact.Parts);
        json.WriteEndObject();
    }

    private void Parts(IReadOnlyList<A2aPart> parts)
    {
        json.WriteStartArray("parts");
        foreach (var part in parts)
        {
            json.WriteStartObject();
            if (part.Text is not null)
                Text(part);
            else if (part.Data is { } data)
                Data(part, data);
            else
                File(part);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void Text(A2aPart part)
    {
        Kind("text");
        json.WriteString("text", part.Text);
        Described(part);
    }

    private void Data(A2aPart part, JsonElement data)
    {
        Kind("data");
        json.WritePropertyName("data");
        data.WriteTo(json);
        Described(part);
    }

    private void File(A2aPart part)
    {
        if (!IsOld)
        {
            json.WriteString(part.Raw is not null ? "raw" : "url", part.Raw ?? part.Url);
            Described(part);
            return;
        }

        Kind("file");
        json.WriteStartObject("file");
        json.WriteString(part.Raw is not null ? "bytes" : "uri", part.Raw ?? part.Url);
        Optional("mimeType", part.MediaType);
        Optional("name", part.Filename);
        json.WriteEndObject();
    }

    /// <summary>In 0.3 only files have a media type and a name.</summary>
    private void Described(A2aPart part)
    {
        if (IsOld)
            return;
        Optional("mediaType", part.MediaType);
        Optional("filename", part.Filename);
    }

    private void Kind(string kind)
    {
        if (IsOld)
            json.WriteString("kind", kind);
    }

    private void Optional(string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }

    /// <summary>UTC in whole milliseconds (1.0 §5.6.1).</summary>
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
