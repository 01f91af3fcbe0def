using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;

namespace Fangd.Server.Runs;

/// <summary>A conversation that consists of what its request brought. Nothing of it is stored; it ends with the run.</summary>
internal sealed class BroughtConversation : IConversation
{
    private readonly List<LlmMessage> _messages = [];

    public IReadOnlyList<LlmMessage> Messages => _messages;

    public string? Summary => null;

    public ValueTask Append(IReadOnlyList<LlmMessage> messages, CancellationToken run)
    {
        _messages.AddRange(messages);
        return ValueTask.CompletedTask;
    }

    public ValueTask Compact(string summary, int keep, CancellationToken run) =>
        throw new InvalidOperationException("a conversation that a request brought is never shortened");
}
