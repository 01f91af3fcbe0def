using System.Text.Json;
using Fangd.Protocols.A2a;

namespace Fangd.Server.A2a.Push;

/// <summary>Where the changes of a task are told. Both versions mean the same and shape it otherwise.</summary>
internal sealed record PushConfig
{
    public required string TaskId { get; init; }

    public required string Id { get; init; }

    public required string Url { get; init; }

    /// <summary>Goes along as <c>X-A2A-Notification-Token</c>.</summary>
    public string? Token { get; init; }

    public string? Scheme { get; init; }

    public string? Credentials { get; init; }

    public required A2aVersion Version { get; init; }

    /// <summary>Reads the config itself: in 1.0 the parameters, in 0.3 their <c>pushNotificationConfig</c>.</summary>
    public static PushConfig Read(JsonElement config, string taskId, A2aVersion version, Func<string> newId)
    {
        var authentication = A2aReader.Object(config, "authentication");
        return new PushConfig
        {
            TaskId = taskId,
            Id = A2aReader.Id(config, "id") ?? newId(),
            Url = A2aReader.Text(config, "url") ?? throw A2aFault.Params("url is missing"),
            Token = A2aReader.Text(config, "token"),
            Scheme = authentication.ValueKind == JsonValueKind.Object ? ReadScheme(authentication) : null,
            Credentials = authentication.ValueKind == JsonValueKind.Object ? A2aReader.Text(authentication, "credentials") : null,
            Version = version,
        };
    }

    public void Write(Utf8JsonWriter json, A2aVersion version)
    {
        json.WriteStartObject();
        json.WriteString("taskId", TaskId);
        if (version == A2aVersion.V03)
            json.WriteStartObject("pushNotificationConfig");
        json.WriteString("id", Id);
        json.WriteString("url", Url);
        if (Token is not null)
            json.WriteString("token", Token);
        if (Scheme is not null)
            WriteAuthentication(json, version);
        if (version == A2aVersion.V03)
            json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteAuthentication(Utf8JsonWriter json, A2aVersion version)
    {
        json.WriteStartObject("authentication");
        if (version == A2aVersion.V10)
        {
            json.WriteString("scheme", Scheme);
        }
        else
        {
            json.WriteStartArray("schemes");
            json.WriteStringValue(Scheme);
            json.WriteEndArray();
        }

        if (Credentials is not null)
            json.WriteString("credentials", Credentials);
        json.WriteEndObject();
    }

    /// <summary>0.3 lists schemes; the first is taken.</summary>
    private static string? ReadScheme(JsonElement authentication)
    {
        if (A2aReader.Text(authentication, "scheme") is { } one)
            return one;
        return authentication.TryGetProperty("schemes", out var several) && several.ValueKind == JsonValueKind.Array && several.GetArrayLength() > 0
            && several[0].ValueKind == JsonValueKind.String
            ? several[0].GetString()
            : null;
    }
}
