using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.EndToEnd.Crashes;

/// <summary>What a strict provider would refuse in the messages of a call.</summary>
internal static class HistoryFaults
{
    public static IReadOnlyList<string> Of(ModelCall call)
    {
        var faults = new List<string>();
        var known = new HashSet<string>();
        var open = new List<string>();
        for (var index = 0; index < call.Messages.Count; index++)
        {
            var message = call.Messages[index];
            var role = message.GetProperty("role").GetString()!;
            if (role == "tool")
            {
                var id = message.GetProperty("tool_call_id").GetString()!;
                if (!open.Remove(id))
                    faults.Add($"message {index}: a result for {id}, which no call before it waits for");
                continue;
            }
            foreach (var id in open)
                faults.Add($"message {index}: the call {id} has no result before it");
            open.Clear();
            if (role == "system" && index > 0)
                faults.Add($"message {index}: a system message in the middle");
            var calls = Calls(message);
            if (calls.Count == 0 && IsEmpty(message))
                faults.Add($"message {index}: an empty message of {role}");
            foreach (var id in calls)
            {
                if (!known.Add(id))
                    faults.Add($"message {index}: the call id {id} for the second time");
                open.Add(id);
            }
        }
        foreach (var id in open)
            faults.Add($"the call {id} has no result");
        if (call.Messages[^1].GetProperty("role").GetString() is not ("user" or "tool"))
            faults.Add("the last message is the model's own");
        return faults;
    }

    private static List<string> Calls(JsonElement message) =>
        message.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array
            ? [.. calls.EnumerateArray().Select(call => call.GetProperty("id").GetString()!)]
            : [];

    private static bool IsEmpty(JsonElement message) =>
        !message.TryGetProperty("content", out var content) || content.ValueKind == JsonValueKind.Null || content is { ValueKind: JsonValueKind.String } && content.GetString()!.Length == 0;
}
