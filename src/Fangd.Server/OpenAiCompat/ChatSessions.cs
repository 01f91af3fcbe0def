using Fangd.Protocols.Llm;
using Fangd.Server.Agents;
using Fangd.Server.Http;
using Fangd.Server.Sessions;

namespace Fangd.Server.OpenAiCompat;

/// <summary>
/// Which conversation a request belongs to. Without a name it is its own: exactly the messages it brought. An <c>X-Session-Id</c> header
/// names a session of the agent, by UUID or by a name of the caller's own; <c>user</c> does so too, but only for a request that brings one
/// turn: clients that send the whole history with every request keep it themselves, and would double it here.
/// </summary>
internal sealed class ChatSessions(SessionStore store)
{
    /// <summary>The session, or null; with the messages that are new to it.</summary>
    public async ValueTask<(SessionRef? Session, IReadOnlyList<LlmMessage> Messages)> Of(Exchange exchange, Agent agent, ChatRequest request)
    {
        var named = exchange.Request.Headers["X-Session-Id"].ToString();
        if (named.Length > 0)
            return (await Named(agent, named), NewTurn(request.Messages));
        if (request.User is { Length: > 0 and <= 256 } user && request.Messages.All(m => m.Role == LlmRole.User))
            return (await store.OfOrigin(agent.Id, $"v1:user:{user}"), request.Messages);
        return (null, request.Messages);
    }

    private async Task<SessionRef> Named(Agent agent, string name)
    {
        if (name.Length > 256)
            throw ApiException.BadRequest("X-Session-Id is longer than 256 characters");
        if (!Guid.TryParseExact(name, "D", out var id))
            return await store.OfOrigin(agent.Id, $"v1:session:{name}");
        return store.Find(id.ToString("D")) is { } session && session.AgentId == agent.Id
            ? new SessionRef(session.Key, session.Id)
            : throw ApiException.NotFound($"Session '{name}' of agent '{agent.Name}' not found");
    }

    /// <summary>What comes after the last answer: the session has the rest already.</summary>
    private static IReadOnlyList<LlmMessage> NewTurn(IReadOnlyList<LlmMessage> messages)
    {
        var first = messages.Count;
        while (first > 0 && messages[first - 1].Role != LlmRole.Assistant)
            first--;
        return first == messages.Count ? messages : [.. messages.Skip(first)];
    }
}
