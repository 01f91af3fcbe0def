using Fangd.Engine.Tools;

namespace Fangd.Engine.Taint;

/// <summary>
/// Refuses calls that would carry secrets or facts about people out of the machine. What strangers wrote passes here: whether it may become a
/// command is for a person to say, see <see cref="TaintFinding.IsConfidential"/>.
/// </summary>
public sealed class TaintCheck(TaintTracker tracker) : IToolCheck
{
    public ValueTask<string?> Refuse(GatedCall call, CancellationToken run) =>
        ValueTask.FromResult(tracker.Find(call) is { IsConfidential: true } finding ? finding.Reason : null);
}
