using Fangd.Engine.Context;
using Fangd.Protocols.Llm;

namespace Fangd.UnitTests.Context;

/// <summary>What holds for every history, however broken: tried on many that a seeded generator breaks in every way it knows.</summary>
public sealed class SessionRepairProperties
{
    private const int Histories = 3_000;

    public static TheoryData<uint> Seeds => [1, 2, 3, 4];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_provider_accepts_a_repaired_history(uint seed) => ForEach(seed, (history, number) =>
    {
        var repaired = SessionRepair.Repair(history).Messages;

        Assert.True(OpenAiFault(repaired) is null, $"history {number}: {OpenAiFault(repaired)}");
        Assert.True(AnthropicFault(repaired) is null, $"history {number}: {AnthropicFault(repaired)}");
        Assert.True(GeminiFault(repaired) is null, $"history {number}: {GeminiFault(repaired)}");
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_second_repair_changes_nothing(uint seed) => ForEach(seed, (history, number) =>
    {
        var once = SessionRepair.Repair(history).Messages;

        Assert.True(ReferenceEquals(once, SessionRepair.Repair(once).Messages), $"history {number} is repaired twice");
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Nothing_that_the_user_wrote_is_lost_or_moved(uint seed) => ForEach(seed, (history, number) =>
    {
        var repaired = SessionRepair.Repair(history).Messages;
        var kept = string.Join("\n", repaired.Where(message => message.Role == LlmRole.User).SelectMany(message => message.Parts).OfType<LlmText>().Select(part => part.Text));

        var at = 0;
        foreach (var text in history.Where(message => message.Role == LlmRole.User).SelectMany(message => message.Parts).OfType<LlmText>().Select(part => part.Text))
        {
            if (string.IsNullOrWhiteSpace(text))
                continue;
            var found = kept.IndexOf(text, at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"history {number} lost {text}");
            at = found + text.Length;
        }
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_call_stays_and_a_result_only_goes_when_it_answers_nothing(uint seed) => ForEach(seed, (history, number) =>
    {
        var outcome = SessionRepair.Repair(history);
        var calls = history.Where(message => message.Role == LlmRole.Assistant).Sum(message => message.ToolCalls.Count());
        var results = history.Sum(message => message.Parts.OfType<LlmToolResult>().Count());

        Assert.Equal(calls, outcome.Messages.Sum(message => message.ToolCalls.Count()));
        Assert.Equal(
            results + outcome.Counts.Synthetic - outcome.Counts.Duplicates - outcome.Counts.OrphanedResults,
            outcome.Messages.Sum(message => message.Parts.OfType<LlmToolResult>().Count()));
    });

    private static void ForEach(uint seed, Action<IReadOnlyList<LlmMessage>, int> check)
    {
        var chance = new Chance(seed);
        for (var number = 0; number < Histories; number++)
            check(Broken(chance), number);
    }

    private static List<LlmMessage> Broken(Chance chance)
    {
        var history = new List<LlmMessage>();
        var length = chance.Below(14);
        for (var i = 0; i < length; i++)
        {
            var parts = new List<LlmPart>();
            switch (chance.Below(10))
            {
                case < 3:
                    history.Add(LlmMessage.User(chance.Below(6) == 0 ? "  " : $"u{i}."));
                    break;
                case < 4:
                    parts.Add(new LlmText($"u{i}."));
                    parts.Add(new LlmImage("image/png", "AA==", null));
                    history.Add(new(LlmRole.User, parts));
                    break;
                case < 7:
                    if (chance.Below(2) == 0)
                        parts.Add(new LlmText(chance.Below(5) == 0 ? "" : $"a{i}."));
                    if (chance.Below(4) == 0)
                        parts.Add(new LlmReasoning("hm"));
                    for (var n = chance.Below(4); n > 0; n--)
                        parts.Add(new LlmToolCall(Id(chance), "t", "{}"));
                    history.Add(new(LlmRole.Assistant, parts));
                    break;
                case < 9:
                    for (var n = chance.Below(3); n >= 0; n--)
                        parts.Add(new LlmToolResult(Id(chance), "t", $"r{i}", chance.Below(2) == 0));
                    history.Add(new(LlmRole.Tool, parts));
                    break;
                default:
                    history.Add(chance.Below(3) == 0 ? LlmMessage.System($"s{i}") : new(LlmRole.User, [new LlmText($"u{i}."), new LlmToolResult(Id(chance), "t", "r", false)]));
                    break;
            }
        }
        return history;
    }

    private static string Id(Chance chance) => chance.Below(9) is > 0 and var number ? $"c{number}" : chance.Below(2) == 0 ? "" : "c1_2";

    private static string? OpenAiFault(IReadOnlyList<LlmMessage> messages)
    {
        var open = new Queue<string>();
        foreach (var message in messages)
        {
            foreach (var result in message.Parts.OfType<LlmToolResult>())
                if (message.Role != LlmRole.Tool || !open.TryDequeue(out var id) || id != result.CallId)
                    return $"the result {result.CallId} does not follow its call";
            if (message.Role == LlmRole.Tool)
                continue;
            if (open.Count > 0)
                return $"the call {open.Peek()} is not answered before the next message";
            foreach (var call in message.ToolCalls)
                open.Enqueue(call.Id);
            if (message.Text.Length == 0 && open.Count == 0 && !message.Parts.OfType<LlmImage>().Any())
                return "an empty message";
        }
        return open.Count > 0 ? "the last calls are not answered" : null;
    }

    private static string? AnthropicFault(IReadOnlyList<LlmMessage> messages)
    {
        var ids = new HashSet<string>();
        foreach (var call in messages.SelectMany(message => message.ToolCalls))
            if (call.Id.Length == 0 || !ids.Add(call.Id))
                return $"the id '{call.Id}' is not unique";
        foreach (var text in messages.SelectMany(message => message.Parts).OfType<LlmText>())
            if (string.IsNullOrWhiteSpace(text.Text))
                return "a text block without text";
        return Alternation(StrictTurns.Of(messages));
    }

    private static string? GeminiFault(IReadOnlyList<LlmMessage> messages)
    {
        // A turn of calls is followed by one turn with as many responses.
        for (var i = 0; i < messages.Count; i++)
        {
            var calls = messages[i].ToolCalls.Count();
            var answers = messages.Skip(i + 1).TakeWhile(message => message.Role == LlmRole.Tool).Sum(message => message.Parts.Count);
            if (calls > 0 && calls != answers)
                return $"{calls} calls and {answers} answers";
        }
        return Alternation(StrictTurns.Of(messages));
    }

    /// <summary>User and assistant in turn, the user first; results are part of the user's turn, together with what he says next.</summary>
    private static string? Alternation(IReadOnlyList<LlmMessage> messages)
    {
        LlmRole? before = null;
        foreach (var message in messages.SkipWhile(message => message.Role == LlmRole.System))
        {
            if (message.Role == LlmRole.System)
                return "a system message in the middle";
            if (before is null && message.Role != LlmRole.User)
                return $"it begins with {message.Role}";
            if (before == message.Role && message.Role != LlmRole.Tool)
                return $"two messages of {message.Role}";
            if (before == LlmRole.User && message.Role == LlmRole.Tool)
                return "a result behind a user message";
            before = message.Role;
        }
        return null;
    }

    /// <summary>A small generator that gives the same numbers on every machine.</summary>
    private sealed class Chance(uint seed)
    {
        private uint _state = seed * 2_654_435_761 + 1;

        public int Below(int limit)
        {
            _state ^= _state << 13;
            _state ^= _state >> 17;
            _state ^= _state << 5;
            return (int)(_state % (uint)limit);
        }
    }
}
