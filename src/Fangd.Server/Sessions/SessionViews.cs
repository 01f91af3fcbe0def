using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Server.Http;

namespace Fangd.Server.Sessions;

/// <summary>Turns stored messages into what people read: the summary stands first, tool results join the calls they answer.</summary>
internal static class SessionViews
{
    public static List<MessageView> Of(string? summary, IReadOnlyList<StoredMessage> stored)
    {
        var results = new Dictionary<string, LlmToolResult>(StringComparer.Ordinal);
        foreach (var message in stored)
        {
            foreach (var part in message.Message.Parts)
            {
                if (part is LlmToolResult result)
                    results[result.CallId] = result;
            }
        }

        var views = new List<MessageView>(stored.Count + 1);
        if (summary is not null)
            views.Add(new MessageView("System", summary, stored.Count > 0 ? stored[0].At : default, null));
        foreach (var (_, message, at) in stored)
        {
            if (message.Role == LlmRole.Tool)
                continue;
            views.Add(new MessageView(message.Role == LlmRole.User ? "User" : "Assistant", message.Text, at, Tools(message, results)));
        }

        return views;
    }

    private static List<ToolView>? Tools(LlmMessage message, Dictionary<string, LlmToolResult> results)
    {
        List<ToolView>? tools = null;
        foreach (var call in message.ToolCalls)
        {
            var result = results.GetValueOrDefault(call.Id);
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
