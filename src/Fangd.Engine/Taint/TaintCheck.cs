using Fangd.Engine.Tools;

namespace Fangd.Engine.Taint;

/// <summary>Refuses calls whose arguments carry what their tool refuses.</summary>
public sealed class TaintCheck(TaintTracker tracker) : IToolCheck
{
    public ValueTask<string?> Refuse(GatedCall call, CancellationToken run) => ValueTask.FromResult(tracker.Find(call)?.Reason);
}
