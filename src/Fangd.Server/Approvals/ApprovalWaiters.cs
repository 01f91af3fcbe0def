using System.Collections.Concurrent;

namespace Fangd.Server.Approvals;

/// <summary>The calls that wait in this process. The truth is in the store; this only wakes them.</summary>
internal sealed class ApprovalWaiters
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<ApprovalDecision>> _waiting = new(StringComparer.Ordinal);

    /// <summary>Ends with the decision. Asked for before the request is stored, so that no decision can come before it.</summary>
    public Task<ApprovalDecision> Wait(string id) =>
        _waiting.GetOrAdd(id, static _ => new TaskCompletionSource<ApprovalDecision>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public bool IsWaiting(string id) => _waiting.ContainsKey(id);

    public void Leave(string id) => _waiting.TryRemove(id, out _);

    /// <summary>Wakes the call; false when none waits here.</summary>
    public bool Wake(string id, ApprovalDecision decision) => _waiting.TryGetValue(id, out var waiter) && waiter.TrySetResult(decision);
}
