using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;

namespace Fangd.Protocols.A2a;

/// <summary>
/// Reads either version into the model: by the fields that are there, so that <c>{text}</c>, <c>{kind: "text", text}</c> and the ancestors'
/// <c>{type: "text", text}</c> are the same part. What cannot be understood is an <see cref="A2aFault"/> that names the field.
/// </summary>
public static class A2aReader
{
    private const int MostParts = 256;
    private const int LongestId = 256;

    public static A2aMessage Message(JsonElement message, string at = "message")
    {
        Demand(message, at);
        return new A2aMessage
        {
            Id = Id(message, "messageId", at) ?? throw A2aFault.Params($"{at}.messageId is missing"),
            IsFromAgent = Text(message, "role", at) switch
            {
                "ROLE_USER" or "user" => false,
                "ROLE_AGENT" or "agent" => true,
                null => throw A2aFault.Params($"{at}.role is missing"),
                var role => throw A2aFault.Params($"{at}.role '{role}' is neither ROLE_USER nor ROLE_AGENT"),
            },
            Parts = Parts(message, at),
            ContextId = Id(message, "contextId", at),
            TaskId = Id(message, "taskId", at),
            Metadata = Object(message, "metadata", at),
        };
    }

    /// <summary>At least one part.</summary>
    public static IReadOnlyList<A2aPart> Parts(JsonElement owner, string at)
    {
        if (!owner.TryGetProperty("parts", out var parts) || parts.ValueKind != JsonValueKind.Array || parts.GetArrayLength() == 0)
            throw A2aFault.Params($"{at}.parts must be a non-empty array");
        if (parts.GetArrayLength() > MostParts)
            throw A2aFault.Params($"{at}.parts has more than {MostParts} parts");
        var index = 0;
        return [.. parts.EnumerateArray().Select(part => Part(part, $"{at}.parts[{index++}]"))];
    }

    public static A2aTask Task(JsonElement task, string at = "task")
    {
        Demand(task, at);
        return new A2aTask
        {
            Id = Id(task, "id", at) ?? throw A2aFault.Params($"{at}.id is missing"),
            ContextId = Id(task, "contextId", at) ?? "",
            Status = Status(task, at),
            Artifacts = List(task, "artifacts", at, Artifact),
            History = List(task, "history", at, Message),
        };
    }

    /// <summary>An event of a stream, or the result of a sent message, which is a task or a message.</summary>
    public static A2aUpdate Update(JsonElement update, string at = "result")
    {
        Demand(update, at);
        switch (Text(update, "kind", at))
        {
            case "task":
                return new TaskUpdate(Task(update, at));
            case "message":
                return new MessageUpdate(Message(update, at));
            case "status-update":
                return StatusUpdate(update, at);
            case "artifact-update":
                return ArtifactUpdate(update, at);
        }

        if (update.TryGetProperty("task", out var task))
            return new TaskUpdate(Task(task, $"{at}.task"));
        if (update.TryGetProperty("message", out var message))
            return new MessageUpdate(Message(message, $"{at}.message"));
        if (update.TryGetProperty("statusUpdate", out var status))
            return StatusUpdate(status, $"{at}.statusUpdate");
        if (update.TryGetProperty("artifactUpdate", out var artifact))
            return ArtifactUpdate(artifact, $"{at}.artifactUpdate");
        throw A2aFault.Params($"{at} is neither a task nor a message nor an update");
    }

    /// <summary>A string; null where it is absent or empty, which is the same in 1.0.</summary>
    public static string? Text(JsonElement owner, string name, string? at = null)
    {
        if (!owner.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        if (value.ValueKind != JsonValueKind.String)
            throw A2aFault.Params($"{Path(at, name)} must be a string");
        return value.GetString() is { Length: > 0 } text ? text : null;
    }

    /// <summary>A name that somebody gave something: 1 to 256 characters.</summary>
    public static string? Id(JsonElement owner, string name, string? at = null) => Text(owner, name, at) is not { } id
        ? null
        : id.Length <= LongestId ? id : throw A2aFault.Params($"{Path(at, name)} is longer than {LongestId} characters");

    public static bool? Flag(JsonElement owner, string name, string? at = null) =>
        !owner.TryGetProperty(name, out var value) ? null : value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Null => null,
            _ => throw A2aFault.Params($"{Path(at, name)} must be true or false"),
        };

    public static int? Whole(JsonElement owner, string name, int least, int most, string? at = null)
    {
        if (!owner.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var whole) && whole >= least && whole <= most
            ? whole
            : throw A2aFault.Params($"{Path(at, name)} must be a whole number from {least} to {most}");
    }

    /// <summary>An object; undefined where it is absent.</summary>
    public static JsonElement Object(JsonElement owner, string name, string? at = null)
    {
        if (!owner.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return default;
        return value.ValueKind == JsonValueKind.Object ? value.Clone() : throw A2aFault.Params($"{Path(at, name)} must be an object");
    }

    private static A2aPart Part(JsonElement part, string at)
    {
        Demand(part, at);
        var read = new A2aPart { MediaType = Text(part, "mediaType", at) ?? Text(part, "mimeType", at), Filename = Text(part, "filename", at) };
        // An empty text is a text, so it is not read as an optional one.
        if (part.TryGetProperty("text", out var text))
            return text.ValueKind == JsonValueKind.String ? read with { Text = text.GetString() } : throw A2aFault.Params($"{at}.text must be a string");
        if (Text(part, "raw", at) is { } raw)
            return read with { Raw = Base64Of(raw, $"{at}.raw") };
        if (Text(part, "url", at) is { } url)
            return read with { Url = url };
        if (part.TryGetProperty("data", out var data))
            return read with { Data = data.Clone() };
        if (part.TryGetProperty("file", out var file) && file.ValueKind == JsonValueKind.Object)
            return File(file, $"{at}.file");
        throw A2aFault.Params($"{at} has none of text, raw, url and data");
    }

    private static A2aPart File(JsonElement file, string at)
    {
        var read = new A2aPart { MediaType = Text(file, "mimeType", at) ?? Text(file, "mediaType", at), Filename = Text(file, "name", at) };
        if ((Text(file, "bytes", at) ?? Text(file, "fileWithBytes", at)) is { } bytes)
            return read with { Raw = Base64Of(bytes, $"{at}.bytes") };
        return (Text(file, "uri", at) ?? Text(file, "fileWithUri", at)) is { } uri
            ? read with { Url = uri }
            : throw A2aFault.Params($"{at} has neither bytes nor uri");
    }

    private static string Base64Of(string text, string at) => Base64.IsValid(text) ? text : throw A2aFault.Params($"{at} is not base64");

    private static A2aStatus Status(JsonElement owner, string at)
    {
        // The protocol's ancestors say the state alone.
        if (!owner.TryGetProperty("status", out var status))
            throw A2aFault.Params($"{at}.status is missing");
        var word = status.ValueKind == JsonValueKind.String ? status.GetString() : status.ValueKind == JsonValueKind.Object ? Text(status, "state", at) : null;
        var state = A2aStates.Read(word ?? "") ?? throw A2aFault.Params($"{at}.status.state '{word}' is not known");
        if (status.ValueKind != JsonValueKind.Object)
            return new A2aStatus(state, default);
        var message = Object(status, "message", at);
        return new A2aStatus(state, Time(status), message.ValueKind == JsonValueKind.Object ? Message(message, $"{at}.status.message") : null);
    }

    private static DateTimeOffset Time(JsonElement status) =>
        DateTimeOffset.TryParse(Text(status, "timestamp"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : default;

    private static A2aArtifact Artifact(JsonElement artifact, string at)
    {
        Demand(artifact, at);
        return new A2aArtifact(Id(artifact, "artifactId", at) ?? "", Text(artifact, "name", at), Parts(artifact, at));
    }

    private static StatusUpdate StatusUpdate(JsonElement update, string at)
    {
        Demand(update, at);
        return new StatusUpdate(Id(update, "taskId", at) ?? "", Id(update, "contextId", at) ?? "", Status(update, at));
    }

    private static ArtifactUpdate ArtifactUpdate(JsonElement update, string at)
    {
        Demand(update, at);
        return new ArtifactUpdate(
            Id(update, "taskId", at) ?? "",
            Id(update, "contextId", at) ?? "",
            Artifact(Object(update, "artifact", at), $"{at}.artifact"),
            Flag(update, "append", at) ?? false,
            Flag(update, "lastChunk", at) ?? false);
    }

    private static List<T> List<T>(JsonElement owner, string name, string at, Func<JsonElement, string, T> read)
    {
        if (!owner.TryGetProperty(name, out var list) || list.ValueKind == JsonValueKind.Null)
            return [];
        if (list.ValueKind != JsonValueKind.Array)
            throw A2aFault.Params($"{at}.{name} must be an array");
        var index = 0;
        return [.. list.EnumerateArray().Select(item => read(item, $"{at}.{name}[{index++}]"))];
    }

    private static void Demand(JsonElement element, string at)
    {
        if (element.ValueKind == JsonValueKind.Undefined)
            throw A2aFault.Params($"{at} is missing");
        if (element.ValueKind != JsonValueKind.Object)
            throw A2aFault.Params($"{at} must be an object");
    }

    private static string Path(string? at, string name) => at is null ? name : $"{at}.{name}";
}
