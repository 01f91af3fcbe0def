using Fangd.Protocols.Llm;

namespace Fangd.Engine.Context;

/// <summary>The slow half of <see cref="SessionRepair"/>: makes a sound history out of a broken one. One use.</summary>
internal sealed class HistoryRebuild(IReadOnlyList<LlmMessage> messages)
{
    private readonly Dictionary<string, List<Slot>> _slots = [];
    private readonly Dictionary<string, Queue<(LlmToolResult Result, int At)>> _early = [];
    private readonly List<Slot>?[] _slotsOf = new List<Slot>?[messages.Count];
    private readonly HashSet<string> _ids = [];
    private readonly List<LlmMessage> _out = new(messages.Count + 2);

    private int _orphaned, _empties, _merged, _reordered, _synthetic, _duplicates, _renamed;

    public RepairOutcome Run()
    {
        PairCallsWithResults();
        var systems = WriteSystems();
        for (var i = 0; i < messages.Count; i++)
            Write(messages[i], i);

        var opening = 0;
        if (_out.Count > systems && _out[systems].Role != LlmRole.User)
        {
            _out.Insert(systems, LlmMessage.User(SessionRepair.Opening));
            opening = 1;
        }
        return new(_out, new RepairCounts
        {
            OrphanedResults = _orphaned,
            Empties = _empties,
            Merged = _merged,
            Reordered = _reordered,
            Synthetic = _synthetic,
            Duplicates = _duplicates,
            Renamed = _renamed,
            OpeningInserted = opening,
        });
    }

    /// <summary>
    /// Ids alone do not pair: many local servers number the calls of every turn from zero. A result belongs to the latest message
    /// before it that still waits for one with its id; one that comes before any such call belongs to the next.
    /// </summary>
    private void PairCallsWithResults()
    {
        for (var i = 0; i < messages.Count; i++)
        {
            foreach (var part in messages[i].Parts)
            {
                if (part is LlmToolCall call && messages[i].Role == LlmRole.Assistant)
                    Open(call, i);
                else if (part is LlmToolResult result)
                    Fill(result, i);
            }
        }
        foreach (var left in _early.Values)
            _orphaned += left.Count;
    }

    private void Open(LlmToolCall call, int at)
    {
        var slot = new Slot(call, at);
        (_slotsOf[at] ??= []).Add(slot);
        if (!_slots.TryGetValue(call.Id, out var slots))
            _slots[call.Id] = slots = [];
        slots.Add(slot);
        if (_early.TryGetValue(call.Id, out var early) && early.TryDequeue(out var found))
            (slot.Result, slot.ResultAt) = found;
    }

    private void Fill(LlmToolResult result, int at)
    {
        if (!_slots.TryGetValue(result.CallId, out var slots))
        {
            if (!_early.TryGetValue(result.CallId, out var early))
                _early[result.CallId] = early = [];
            early.Enqueue((result, at));
            return;
        }
        Slot? chosen = null;
        for (var i = slots.Count - 1; i >= 0; i--)
            if (slots[i].Result is null && (chosen is null || slots[i].At == chosen.At))
                chosen = slots[i];
        if (chosen is null)
            _duplicates++;
        else
            (chosen.Result, chosen.ResultAt) = (result, at);
    }

    private int WriteSystems()
    {
        var leading = true;
        foreach (var message in messages)
        {
            if (message.Role != LlmRole.System)
                leading = false;
            else
            {
                _out.Add(message);
                _reordered += leading ? 0 : 1;
            }
        }
        return _out.Count;
    }

    private void Write(LlmMessage message, int at)
    {
        if (message.Role == LlmRole.System)
            return;
        var parts = new List<LlmPart>(message.Parts.Count);
        var hadResults = false;
        var slot = 0;
        foreach (var part in message.Parts)
        {
            switch (part)
            {
                case LlmText { Text: var text } when string.IsNullOrWhiteSpace(text):
                    break;
                case LlmText or LlmImage when message.Role != LlmRole.Tool:
                case LlmReasoning when message.Role == LlmRole.Assistant:
                    parts.Add(part);
                    break;
                case LlmToolCall when message.Role == LlmRole.Assistant:
                    parts.Add(Name(_slotsOf[at]![slot++]));
                    break;
                case LlmToolResult:
                    hadResults = true;
                    break;
            }
        }
        if (!parts.Exists(static part => part is not LlmReasoning))
        {
            _empties += hadResults ? 0 : 1;
            return;
        }
        Add(message, parts);
        if (slot > 0)
            WriteResults(_slotsOf[at]!, at);
    }

    private LlmToolCall Name(Slot slot)
    {
        if (slot.Call.Id.Length > 0 && _ids.Add(slot.Call.Id))
            return slot.Call;
        var stem = slot.Call.Id.Length > 0 ? slot.Call.Id : "call";
        var number = 2;
        // An id that a later call brings along counts as taken, or a second repair would rename that one.
        while (_slots.ContainsKey($"{stem}_{number}") || !_ids.Add($"{stem}_{number}"))
            number++;
        _renamed++;
        return slot.Call = slot.Call with { Id = $"{stem}_{number}" };
    }

    private void Add(LlmMessage message, List<LlmPart> parts)
    {
        if (message.Role == LlmRole.Assistant && _out.Count > 0 && _out[^1].Role == LlmRole.Assistant)
        {
            _out[^1] = new LlmMessage(message.Role, StrictTurns.Join(_out[^1].Parts, parts));
            _merged++;
        }
        else
            _out.Add(parts.Count == message.Parts.Count && !HasRenamed(message.Parts, parts) ? message : new LlmMessage(message.Role, parts));
    }

    private static bool HasRenamed(IReadOnlyList<LlmPart> old, List<LlmPart> parts)
    {
        for (var i = 0; i < parts.Count; i++)
            if (!ReferenceEquals(old[i], parts[i]))
                return true;
        return false;
    }

    private void WriteResults(List<Slot> slots, int at)
    {
        foreach (var slot in slots)
        {
            if (slot.Result is not { } result)
            {
                _out.Add(SessionRepair.Unanswered(slot.Call));
                _synthetic++;
                continue;
            }
            _reordered += IsRightBehind(at, slot.ResultAt) ? 0 : 1;
            _out.Add(LlmMessage.ToolResult(result.CallId == slot.Call.Id ? result : result with { CallId = slot.Call.Id }));
        }
    }

    private bool IsRightBehind(int call, int result)
    {
        for (var i = call + 1; i < result; i++)
            if (messages[i].Role != LlmRole.Tool)
                return false;
        return result > call;
    }

    private sealed class Slot(LlmToolCall call, int at)
    {
        public int At => at;
        public LlmToolCall Call = call;
        public LlmToolResult? Result;
        public int ResultAt;
    }
}
