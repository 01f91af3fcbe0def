using Fangd.Protocols.Llm;

namespace Fangd.Engine.Context;

/// <summary>
/// Puts a history into the order that OpenAI, Anthropic and Gemini all accept: the first message is the user's, every tool call is
/// answered right behind it and once, no result stands alone, no message is empty, an answer is one message. Idempotent.
/// Two messages of the user in a row stay two: the first was never answered (a failed or cancelled run), and joined to the next it
/// would be asked again. Providers that want strict turns get them joined by their client.
/// One bad message makes providers refuse a session for ever, so this runs before every run.
/// </summary>
public static class SessionRepair
{
    internal const string MissingResult =
        "No result: the run was interrupted before this call ended, and whether it took effect is not known. Check before repeating it.";

    internal const string Opening = "(The conversation opens with the assistant.)";

    /// <summary>Returns <paramref name="messages"/> itself when there is nothing to mend.</summary>
    public static RepairOutcome Repair(IReadOnlyList<LlmMessage> messages) =>
        IsSound(messages) ? new(messages, default) : new HistoryRebuild(messages).Run();

    /// <summary>
    /// Error results for the calls at the end of a conversation that were never answered, in call order: what a crashed run left.
    /// Calls that <paramref name="arriving"/> answers are not among them.
    /// </summary>
    public static IReadOnlyList<LlmMessage> MissingResults(IReadOnlyList<LlmMessage> messages, IReadOnlyList<LlmMessage> arriving)
    {
        var open = OpenCalls(messages, arriving);
        return open.Count == 0 ? [] : [.. open.Select(Unanswered)];
    }

    /// <summary>The calls at the end of a conversation that neither it nor <paramref name="arriving"/> answers, in their order.</summary>
    public static IReadOnlyList<LlmToolCall> OpenCalls(IReadOnlyList<LlmMessage> messages, IReadOnlyList<LlmMessage> arriving)
    {
        var asked = messages.Count - 1;
        while (asked >= 0 && messages[asked].Role == LlmRole.Tool)
            asked--;
        if (asked < 0 || messages[asked].Role != LlmRole.Assistant)
            return [];

        List<LlmToolCall>? open = null;
        var parts = messages[asked].Parts;
        for (var i = 0; i < parts.Count; i++)
            if (parts[i] is LlmToolCall call && !IsAnswered(call.Id, messages, asked + 1) && !IsAnswered(call.Id, arriving, 0))
                (open ??= []).Add(call);
        return open ?? [];
    }

    internal static LlmMessage Unanswered(LlmToolCall call) =>
        LlmMessage.ToolResult(new LlmToolResult(call.Id, call.Name, MissingResult, IsError: true));

    private static bool IsAnswered(string callId, IReadOnlyList<LlmMessage> messages, int from)
    {
        for (var i = from; i < messages.Count; i++)
            foreach (var part in messages[i].Parts)
                if (part is LlmToolResult result && result.CallId == callId)
                    return true;
        return false;
    }

    /// <summary>The check that nearly every history passes: one walk, and no allocation unless there are tool calls.</summary>
    private static bool IsSound(IReadOnlyList<LlmMessage> messages)
    {
        var at = 0;
        while (at < messages.Count && messages[at].Role == LlmRole.System)
            at++;
        HashSet<string>? ids = null;
        // As if an assistant had spoken: the first message must then be the user's.
        var before = LlmRole.Assistant;
        while (at < messages.Count)
        {
            var message = messages[at++];
            if ((message.Role == before && before != LlmRole.User) || message.Role is LlmRole.System or LlmRole.Tool)
                return false;
            before = message.Role;
            var calls = 0;
            if (!HasSoundParts(message, ref calls))
                return false;
            if (calls == 0)
                continue;
            ids ??= [];
            if (!AreAnsweredInOrder(message, messages, ref at, ids))
                return false;
            before = LlmRole.Tool;
        }
        return true;
    }

    private static bool HasSoundParts(LlmMessage message, ref int calls)
    {
        var isUser = message.Role == LlmRole.User;
        var hasContent = false;
        var parts = message.Parts;
        for (var i = 0; i < parts.Count; i++)
        {
            switch (parts[i])
            {
                case LlmText text when !string.IsNullOrWhiteSpace(text.Text):
                case LlmImage:
                    hasContent = true;
                    break;
                case LlmToolCall { Id.Length: > 0 } when !isUser:
                    calls++;
                    hasContent = true;
                    break;
                case LlmReasoning when !isUser:
                    break;
                default:
                    return false;
            }
        }
        return hasContent;
    }

    private static bool AreAnsweredInOrder(LlmMessage asking, IReadOnlyList<LlmMessage> messages, ref int at, HashSet<string> ids)
    {
        var part = 0;
        foreach (var asked in asking.Parts)
        {
            if (asked is not LlmToolCall call)
                continue;
            if (!ids.Add(call.Id) || at >= messages.Count || messages[at].Role != LlmRole.Tool)
                return false;
            var parts = messages[at].Parts;
            if (part >= parts.Count || parts[part] is not LlmToolResult result || result.CallId != call.Id)
                return false;
            if (++part == parts.Count)
            {
                at++;
                part = 0;
            }
        }
        return part == 0;
    }
}
