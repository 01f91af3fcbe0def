using Fangd.Engine.Context;
using Fangd.Protocols.Llm;

namespace Fangd.UnitTests.Llm;

/// <summary>Random histories as the session repair leaves them, with everything in them that a conversation can hold.</summary>
internal static class SoundHistories
{
    public static IEnumerable<IReadOnlyList<LlmMessage>> Of(int seed, int count)
    {
        var chance = new Random(seed);
        for (var number = 0; number < count; number++) yield return SessionRepair.Repair(Any(chance)).Messages;
    }

    private static List<LlmMessage> Any(Random chance)
    {
        var history = new List<LlmMessage>();
        var calls = 0;
        for (var i = chance.Next(3); i > 0; i--) history.Add(LlmMessage.System($"s{i}"));
        for (var i = chance.Next(10); i > 0; i--)
        {
            var parts = new List<LlmPart>();
            if (chance.Next(2) == 0)
            {
                parts.Add(new LlmText(chance.Next(8) == 0 ? " \n" : $"u{i}."));
                if (chance.Next(4) == 0) parts.Add(new LlmImage("image/png", "AA==", null));
                history.Add(new(LlmRole.User, parts));
                continue;
            }

            if (chance.Next(3) == 0) parts.Add(new LlmReasoning("hm", chance.Next(2) == 0 ? "sig" : null));
            if (chance.Next(2) == 0) parts.Add(new LlmText($"a{i}. "));
            var asked = new List<string>();
            for (var n = chance.Next(4); n > 0; n--)
            {
                asked.Add($"functions.t:{calls++}");
                parts.Insert(chance.Next(parts.Count + 1), new LlmToolCall(asked[^1], $"t{n}", chance.Next(5) == 0 ? "{broken" : "{\"n\":1}"));
            }

            history.Add(new(LlmRole.Assistant, parts));
            if (chance.Next(4) == 0) asked.Reverse();
            foreach (var id in asked)
            {
                // Some are never answered; the repair answers them.
                if (chance.Next(6) > 0) history.Add(LlmMessage.ToolResult(new(id, "", chance.Next(6) == 0 ? "" : "r", chance.Next(3) == 0)));
            }
        }

        return history;
    }
}
