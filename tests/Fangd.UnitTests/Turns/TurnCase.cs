using Fangd.Engine.Agents;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.TestKit;

namespace Fangd.UnitTests.Turns;

/// <summary>One run over a scripted model, with the parts that tests look at.</summary>
internal sealed class TurnCase(params ScriptedStep[][] turns)
{
    public ScriptedModel Model { get; init; } = new(turns);

    public ListConversation Conversation { get; init; } = new();

    public ScriptedTools Tools { get; init; } = new();

    public RecordingSink Sink { get; } = new();

    public TurnInput Input { get; init; } = Ask("hello");

    public static AgentManifest Agent { get; } = new()
    {
        Name = "tester",
        Model = new AgentModel { Provider = "scripted", Model = "script-1", SystemPrompt = "You test.", Temperature = 0.3, MaxTokens = 900 },
    };

    public static TurnInput Ask(string text) => new() { RunId = "run1", Agent = Agent, Messages = [LlmMessage.User(text)] };

    public async Task<TurnResult> Run(CancellationToken run = default) =>
        await new TurnLoop().Run(Input, Conversation, Model, Tools, Sink, run);

    public async Task<TurnException> Fail(CancellationToken run = default) =>
        await Assert.ThrowsAsync<TurnException>(() => Run(run));

    /// <summary>A conversation in one line a message, for comparisons.</summary>
    public static string[] Lines(IEnumerable<LlmMessage> messages) => [.. messages.Select(Line)];

    private static string Line(LlmMessage message) =>
        $"{message.Role}: " + string.Join(" + ", message.Parts.Select(part => part switch
        {
            LlmText text => text.Text,
            LlmToolCall call => $"{call.Name}#{call.Id}{call.Arguments}",
            LlmToolResult { IsError: true } result => $"!{result.CallId}={result.Text}",
            LlmToolResult result => $"{result.CallId}={result.Text}",
            _ => part.GetType().Name,
        }));
}
