using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Server.Http;

namespace Fangd.Server.Sessions;

/// <summary>Turns stored messages into what people read: the summary stands first, tool results join the calls they answer.</summary>
internal static class SessionViews
{
    public static List<MessageView> Of(string? summary, IReadOnlyList<StoredMessage> stored)
    {
        // Backwards, so that a call takes the first result behind it: some servers count their ids anew in each answer, and a call that a crash
        // left without a result would show that of a later one.
        var results = new Dictionary<string, LlmToolResult>(StringComparer.Ordinal);
        var views = new List<MessageView>(stored.Count + 1);
        for (var i = stored.Count - 1; i >= 0; i--)
        {
            var (_, message, at) = stored[i];
            foreach (var part in message.Parts)
            {
                if (part is LlmToolResult result)
                    results[result.CallId] = result;
            }

            if (message.Role != LlmRole.Tool)
                views.Add(new MessageView(message.Role == LlmRole.User ? "User" : "Assistant", message.Text, at, Tools(message, results)));
        }

        if (summary is not null)
            views.Add(new MessageView("System", summary, stored.Count > 0 ? stored[0].At : default, null));
        views.Reverse();
        return views;
    }

    private static List<ToolView>? Tools(LlmMessage message, Dictionary<string, LlmToolResult> results)
    {
        List<ToolView>? tools = null;
        foreach (var call in message.ToolCalls)
        {
            results.Remove(call.Id, out var result);
            (tools ??= []).Add(new ToolView(call.Id, call.Name, Input(call.Arguments), result?.Text, result?.IsError ?? false));
        }

        return tools;
    }

    /// <summary>What a model sent as arguments need not be JSON; then it is shown as the string it is.</summary>
    private static JsonElement Input(string arguments)
    {
        try
        {
            using var document = JsonDocument.Parse(arguments);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return JsonValues.Quote(arguments);
        }
    }
}
