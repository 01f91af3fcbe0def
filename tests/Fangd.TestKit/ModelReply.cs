namespace Fangd.TestKit;

/// <summary>Decides what <see cref="FakeModel"/> answers to a call; null leaves it to the markers in the last user message.</summary>
public delegate ModelReply? ModelRule(ModelCall call);

/// <summary>One thing that a scripted model says; a text and a thought are one streamed chunk each.</summary>
public abstract record ModelStep;

public sealed record SaidText(string Text) : ModelStep;

public sealed record Thought(string Text) : ModelStep;

/// <summary>A tool call; streamed as a chunk with id and name and two with halves of the arguments, as real services do.</summary>
public sealed record CalledTool(string Id, string Name, string Arguments) : ModelStep;

/// <summary>Bytes that go out as they are, between the events of a stream or in place of a body.</summary>
public sealed record RawBytes(string Text) : ModelStep;

/// <summary>How a reply ends once its chunks are written.</summary>
public enum ModelEnding
{
    /// <summary>With the finish reason, usage when it is due, and [DONE].</summary>
    Complete,

    /// <summary>The connection is closed with an unfinished body.</summary>
    Cut,

    /// <summary>Nothing more comes; the connection stays open until the client leaves.</summary>
    Hang,

    /// <summary>The body ends properly, without finish reason and [DONE].</summary>
    Short,
}

/// <summary>Where a reply reports its tokens.</summary>
public enum UsagePlace
{
    /// <summary>In a last chunk of its own, when the call asked for it; in the body of a plain reply always.</summary>
    WhenAsked,

    /// <summary>On the chunk with the finish reason, asked or not, as some local servers do.</summary>
    OnFinish,

    Never,
}

/// <summary>What the scripted model answers to one call.</summary>
public sealed record ModelReply
{
    public int Status { get; init; } = 200;

    public IReadOnlyList<ModelStep> Steps { get; init; } = [];

    /// <summary>A whole body in place of a completion: an error object, a page, garbage.</summary>
    public string? Body { get; init; }

    public string ContentType { get; init; } = "application/json";

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    public string? FinishReason { get; init; }

    public int InputTokens { get; init; } = 11;

    public int OutputTokens { get; init; } = 7;

    public UsagePlace Usage { get; init; } = UsagePlace.WhenAsked;

    public ModelEnding Ending { get; init; } = ModelEnding.Complete;

    /// <summary>Chunks to write before <see cref="Ending"/>; null for all.</summary>
    public int? Chunks { get; init; }

    /// <summary>Passed once before the status line is written.</summary>
    public ModelGate? HeadGate { get; init; }

    /// <summary>Passed once before each chunk of a stream, the finishing one included; a plain reply passes it once.</summary>
    public ModelGate? ChunkGate { get; init; }

    /// <summary>The longest write to the socket in bytes; 0 for no limit. 1 splits every event at every byte.</summary>
    public int WriteSize { get; init; }

    /// <summary>A text, one chunk an argument.</summary>
    public static ModelReply Say(params string[] chunks) => new() { Steps = [.. chunks.Select(chunk => new SaidText(chunk))] };

    /// <summary>One tool call; the id is made from the name.</summary>
    public static ModelReply Call(string tool, string arguments) => Call(("call_" + tool, tool, arguments));

    /// <summary>Several tool calls in one reply.</summary>
    public static ModelReply Call(params (string Id, string Tool, string Arguments)[] calls) =>
        new() { Steps = [.. calls.Select(call => new CalledTool(call.Id, call.Tool, call.Arguments))] };

    /// <summary>An error in the shape of the OpenAI API.</summary>
    public static ModelReply Fail(int status, string message = "scripted failure", string type = "server_error", string? code = null) => new()
    {
        Status = status,
        Body = FakeJson.Write(json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteString("message", message);
            json.WriteString("type", type);
            json.WriteNull("param");
            json.WriteString("code", code);
            json.WriteEndObject();
            json.WriteEndObject();
        }),
    };

    /// <summary>429 with <c>Retry-After</c> as given: seconds or a date.</summary>
    public static ModelReply RateLimited(string retryAfter) =>
        Fail(429, "Rate limit reached", "rate_limit_error", "rate_limit_exceeded").WithHeader("Retry-After", retryAfter);

    /// <summary>A page, as a proxy in between would send it.</summary>
    public static ModelReply Html(int status = 502) => new()
    {
        Status = status,
        Body = "<!doctype html><title>Bad gateway</title><h1>Bad gateway</h1>",
        ContentType = "text/html",
    };

    /// <summary>200 and a body that is neither JSON nor a stream of events.</summary>
    public static ModelReply Garbage() => new() { Body = "\u0000\u0001}{ not json at all", ContentType = "application/json" };

    /// <summary>Accepts the call and never answers.</summary>
    public static ModelReply Hang() => new() { HeadGate = new ModelGate() };

    public ModelReply WithHeader(string name, string value) =>
        this with { Headers = new Dictionary<string, string>(Headers) { [name] = value } };

    public ModelReply WithUsage(int input, int output) => this with { InputTokens = input, OutputTokens = output };

    /// <summary>Closes the connection after <paramref name="chunks"/> chunks.</summary>
    public ModelReply CutAfter(int chunks) => this with { Chunks = chunks, Ending = ModelEnding.Cut };

    /// <summary>Falls silent after <paramref name="chunks"/> chunks.</summary>
    public ModelReply HangAfter(int chunks) => this with { Chunks = chunks, Ending = ModelEnding.Hang };
}
