namespace Fangd.Engine.Tools.A2a;

/// <summary>Agents of other daemons, reached over A2A.</summary>
public interface IPeerAgents
{
    /// <summary>Looks at who is there. That alone lets nobody send to it: a person approves it first.</summary>
    ValueTask<ToolOutcome> Discover(string url, CancellationToken run);

    /// <summary>Sends to an approved agent, by its address or its name, and waits for the answer.</summary>
    ValueTask<ToolOutcome> Send(PeerQuestion question, CancellationToken run);
}

/// <summary>What is sent to an agent of another daemon; <paramref name="SessionId"/> goes on with a conversation.</summary>
public sealed record PeerQuestion(string Message, string? Url, string? Name, string? SessionId);
