using System.Text.Json;

namespace Fangd.TestKit;

/// <summary>One request that <see cref="FakeModel"/> received.</summary>
public sealed class ModelCall
{
    private readonly TaskCompletionSource answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int settled;

    internal ModelCall(string method, string path, IReadOnlyDictionary<string, string> headers, string text)
    {
        Method = method;
        Path = path;
        Headers = headers;
        Text = text;
        Body = FakeJson.TryParse(text);
        Messages = Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty("messages", out var messages) && messages.ValueKind == JsonValueKind.Array
            ? [.. messages.EnumerateArray()]
            : [];
    }

    public string Method { get; }

    /// <summary>Path and query as sent.</summary>
    public string Path { get; }

    /// <summary>Headers by name in any case; a repeated one has its last value.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>The body as sent; its length in bytes is what a message costs upstream.</summary>
    public string Text { get; }

    /// <summary>The body; undefined when it is not JSON.</summary>
    public JsonElement Body { get; }

    public IReadOnlyList<JsonElement> Messages { get; }

    public string Model => Field("model") is { ValueKind: JsonValueKind.String } model ? model.GetString()! : "";

    public bool Stream => Field("stream").ValueKind == JsonValueKind.True;

    public bool AsksForUsage =>
        Field("stream_options") is { ValueKind: JsonValueKind.Object } options
        && options.TryGetProperty("include_usage", out var wanted) && wanted.ValueKind == JsonValueKind.True;

    /// <summary>The key of the Authorization header, or null.</summary>
    public string? Key => Headers.TryGetValue("Authorization", out var value) && value.StartsWith("Bearer ", StringComparison.Ordinal) ? value[7..] : null;

    /// <summary>Names of the tools that were offered, in order.</summary>
    public IReadOnlyList<string> Tools => Field("tools") is { ValueKind: JsonValueKind.Array } tools
        ? [.. tools.EnumerateArray().Select(tool => tool.GetProperty("function").GetProperty("name").GetString()!)]
        : [];

    /// <summary>The text of the last user message; empty when there is none.</summary>
    public string LastUserText => LastUserIndex is >= 0 and var index ? TextOf(Messages[index]) : "";

    /// <summary>Texts of the tool results that came after the last user message.</summary>
    public IReadOnlyList<string> ToolResults =>
        [.. Messages.Skip(LastUserIndex + 1).Where(message => RoleOf(message) == "tool").Select(TextOf)];

    /// <summary>Texts of all messages as "role: text", oldest first.</summary>
    public IReadOnlyList<string> Transcript => [.. Messages.Select(message => RoleOf(message) + ": " + TextOf(message))];

    /// <summary>Completes when the reply was written as scripted.</summary>
    public Task Answered => answered.Task;

    /// <summary>Completes when the client left before that.</summary>
    public Task Aborted => aborted.Task;

    public bool IsAborted => aborted.Task.IsCompleted;

    internal void SettleAnswered()
    {
        if (Interlocked.Exchange(ref settled, 1) == 0)
            answered.TrySetResult();
    }

    internal void SettleAborted()
    {
        if (Interlocked.Exchange(ref settled, 1) == 0)
            aborted.TrySetResult();
    }

    private int LastUserIndex
    {
        get
        {
            for (var index = Messages.Count - 1; index >= 0; index--)
            {
                if (RoleOf(Messages[index]) == "user")
                    return index;
            }
            return -1;
        }
    }

    private JsonElement Field(string name) => Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty(name, out var value) ? value : default;

    private static string RoleOf(JsonElement message) => message.TryGetProperty("role", out var role) ? role.GetString() ?? "" : "";

    private static string TextOf(JsonElement message)
    {
        if (!message.TryGetProperty("content", out var content))
            return "";
        return content.ValueKind switch
        {
            JsonValueKind.String => content.GetString()!,
            JsonValueKind.Array => string.Concat(content.EnumerateArray().Select(part => part.TryGetProperty("text", out var text) ? text.GetString() : "")),
            _ => "",
        };
    }
}
