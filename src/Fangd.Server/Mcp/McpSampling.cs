using System.Text;
using System.Text.Json;
using Fangd.Engine.Tools;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Mcp.Client;
using Fangd.Server.Agents;
using Fangd.Server.Providers;
using Fangd.Server.Usage;

namespace Fangd.Server.Mcp;

/// <summary>
/// Answers the questions that a server has for a model in the midst of a call (<c>sampling/createMessage</c>): the model of the agent that called, on
/// its budget. It sees what the server sends and nothing of the agent's conversation, and has no tools.
/// </summary>
internal sealed class McpSampling(Metering metering, DefaultModel defaults, AgentRegistry registry)
{
    private const int MostRequests = 10;
    private const int MostTokens = 4096;
    private const int MostMessages = 100;
    private const int MostCharacters = 200_000;
    private const int MostPictureBytes = 4 * 1024 * 1024;

    // The specification's codes, client/sampling, "Error Handling".
    private const int Rejected = -1, InvalidParams = -32602, Internal = -32603;

    /// <summary>For one call.</summary>
    public Func<JsonElement, CancellationToken, Task<string>> For(ToolScope scope)
    {
        var left = MostRequests;
        return (parameters, cancel) => Interlocked.Decrement(ref left) >= 0
            ? Ask(scope, parameters, cancel)
            : throw new McpException($"a call may ask a model {MostRequests} times at most", Rejected);
    }

    private async Task<string> Ask(ToolScope scope, JsonElement parameters, CancellationToken cancel)
    {
        var agent = registry.Find(scope.AgentId) ?? throw new McpException("the agent has just ended", Rejected);
        var model = defaults.Resolve(scope.Agent.Model);
        var request = Read(parameters, model.Model, scope.Agent.Model.MaxTokens);
        var (text, stop, answering) = (new StringBuilder(), LlmStop.EndTurn, model.Model);
        try
        {
            await foreach (var happened in metering.For(agent, scope.Agent, scope.SessionId, scope.RunId).Stream(model, request, cancel))
            {
                if (happened.Kind == LlmEventKind.TextDelta)
                    text.Append(happened.Text);
                else if (happened.Kind == LlmEventKind.Stop)
                    stop = happened.Stop;
                else if (happened.Kind == LlmEventKind.Model)
                    answering = happened.Model!.Model;
            }
        }
        catch (Exception failed) when (failed is LlmException or TurnException)
        {
            throw new McpException($"the model did not answer: {failed.Message}", failed is TurnException ? Rejected : Internal, failed);
        }

        return Answer(text.ToString(), stop, answering);
    }

    private static string Answer(string text, LlmStop stop, string model) =>
        $$$"""{"role":"assistant","content":{"type":"text","text":{{{Quoted(text)}}}},"model":{{{Quoted(model)}}},"stopReason":"{{{(stop == LlmStop.MaxTokens ? "maxTokens" : "endTurn")}}}"}""";

    private static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text)}\"";

    private static LlmRequest Read(JsonElement parameters, string model, int mostTokens)
    {
        if (parameters.ValueKind != JsonValueKind.Object || !parameters.TryGetProperty("messages", out var list) || list.ValueKind != JsonValueKind.Array)
            throw Wrong("messages is missing");
        if (list.GetArrayLength() is 0 or > MostMessages)
            throw Wrong($"messages must be 1 to {MostMessages}");
        if (parameters.TryGetProperty("tools", out var tools) && tools.ValueKind == JsonValueKind.Array && tools.GetArrayLength() > 0)
            throw Wrong("tools were not declared as a capability");
        var messages = new List<LlmMessage>(list.GetArrayLength() + 1);
        var size = 0;
        if (Text(parameters, "systemPrompt") is { Length: > 0 } system)
        {
            size += system.Length;
            messages.Add(LlmMessage.System(system));
        }

        foreach (var message in list.EnumerateArray())
            messages.Add(Message(message, ref size));
        if (size > MostCharacters)
            throw Wrong($"messages are longer than {MostCharacters} characters");
        return new LlmRequest
        {
            Model = model,
            Messages = messages,
            MaxTokens = Math.Min(
                Math.Min(MostTokens, mostTokens),
                parameters.TryGetProperty("maxTokens", out var most) && most.ValueKind == JsonValueKind.Number && most.TryGetInt32(out var tokens) && tokens > 0
                    ? tokens
                    : throw Wrong("maxTokens must be a whole number from 1 on")),
            Temperature = parameters.TryGetProperty("temperature", out var warmth) && warmth.ValueKind == JsonValueKind.Number ? Math.Clamp(warmth.GetDouble(), 0, 2) : null,
            Options = parameters.TryGetProperty("stopSequences", out var stops) && stops.ValueKind == JsonValueKind.Array && stops.GetArrayLength() is > 0 and <= 4
                ? [new("stop", stops)]
                : [],
        };
    }

    private static LlmMessage Message(JsonElement message, ref int size)
    {
        var role = Text(message, "role") switch
        {
            "user" => LlmRole.User,
            "assistant" => LlmRole.Assistant,
            _ => throw Wrong("role must be user or assistant"),
        };
        if (!message.TryGetProperty("content", out var content))
            throw Wrong("content is missing");
        var parts = new List<LlmPart>();
        // One block, or since 2025-11-25 several.
        if (content.ValueKind == JsonValueKind.Array)
        {
            foreach (var block in content.EnumerateArray())
                parts.Add(Part(block, ref size));
        }
        else
        {
            parts.Add(Part(content, ref size));
        }

        return new LlmMessage(role, parts);
    }

    private static LlmPart Part(JsonElement block, ref int size)
    {
        switch (Text(block, "type"))
        {
            case "text" when Text(block, "text") is { } text:
                size += text.Length;
                return new LlmText(text);
            case "image" when Text(block, "data") is { Length: <= MostPictureBytes / 3 * 4 } picture && Text(block, "mimeType") is { } type:
                return new LlmImage(type, picture, null);
            default:
                throw Wrong("content must be text or a picture");
        }
    }

    private static string? Text(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static McpException Wrong(string what) => new(what, InvalidParams);
}
