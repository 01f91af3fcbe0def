using Fangd.Engine.Tools;

namespace Fangd.Engine.Approvals;

/// <summary>Which tools serve messages of one channel: the denied ones never, and where some are allowed no others. Patterns with one <c>*</c>.</summary>
public sealed record ChannelRule(string Channel, IReadOnlyList<string> AllowedTools, IReadOnlyList<string> DeniedTools)
{
    internal bool Forbids(string tool) =>
        CapabilityPattern.MatchesAny(DeniedTools, tool) || (AllowedTools.Count > 0 && !CapabilityPattern.MatchesAny(AllowedTools, tool));
}
