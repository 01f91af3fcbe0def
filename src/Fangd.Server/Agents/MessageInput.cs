using System.Text;
using System.Text.Json;
using Fangd.Engine.Tools;
using Fangd.Protocols.Llm;
using Fangd.Server.Files;
using Fangd.Server.Http;
using Fangd.Server.Runs;
using Fangd.Server.Sessions;

namespace Fangd.Server.Agents;

/// <summary>Turns the body of a message into a run request; used by the answer in one piece, the stream and the socket.</summary>
internal sealed class MessageInput(SessionStore sessions, Attachments attachments, int maxMessageBytes)
{
    public async ValueTask<RunRequest> Request(Agent agent, MessageRequest body, string origin, CancellationToken aborted)
    {
        var text = Text(body.Message, "message");
        var message = LlmMessage.User(text);
        if (body.Attachments is { ValueKind: not JsonValueKind.Null } list)
            message = message with { Parts = [.. message.Parts, .. await attachments.Read(agent, list, aborted)] };
        return new RunRequest
        {
            Agent = agent,
            Session = Session(agent, body.SessionId ?? body.SessionIdCamel),
            Messages = [message],
            Origin = origin,
            Sender = Sender(body),
            Taint = body.SenderId is null && body.ChannelType is null ? TaintLabels.None : TaintLabels.UserInput,
        };
    }

    public string Text(string? text, string field)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw ApiException.BadRequest($"{field} is missing or empty");
        if (Encoding.UTF8.GetByteCount(text) > maxMessageBytes)
            throw new ApiException(ApiFault.TooLarge, $"{field} is larger than {maxMessageBytes} bytes");
        return text;
    }

    private static MessageSender? Sender(MessageRequest body)
    {
        if (body.SenderId?.Length > MessageSender.LongestId)
            throw ApiException.BadRequest($"sender_id must be at most {MessageSender.LongestId} characters");
        if (body.ChannelType?.Length > MessageSender.LongestChannel)
            throw ApiException.BadRequest($"channel_type must be at most {MessageSender.LongestChannel} characters");
        return body.SenderId is null && body.ChannelType is null ? null : new MessageSender(body.SenderId, body.ChannelType);
    }

    private SessionRef Session(Agent agent, string? id)
    {
        if (id is null || id == agent.Session.Id)
            return agent.Session;
        if (!Guid.TryParseExact(id, "D", out var uuid))
            throw ApiException.BadRequest("session_id is not a UUID");
        return sessions.Find(uuid.ToString("D")) is { } session && session.AgentId == agent.Id
            ? new SessionRef(session.Key, session.Id)
            : throw ApiException.NotFound($"Session '{id}' of agent '{agent.Name}' not found");
    }
}
