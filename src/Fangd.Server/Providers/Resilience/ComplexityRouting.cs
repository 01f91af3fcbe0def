using Fangd.Engine.Agents;
using Fangd.Engine.Context;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;

namespace Fangd.Server.Providers.Resilience;

/// <summary>
/// <c>[routing]</c> of a manifest: a small model for small questions. The score is the rough number of tokens of the new messages, and some
/// for each tool that is offered, because choosing among tools is work too.
/// </summary>
internal static class ComplexityRouting
{
    private const int PointsForTool = 20;

    public static int Score(IReadOnlyList<LlmMessage> messages, int tools)
    {
        long score = (long)tools * PointsForTool;
        foreach (var message in messages)
            score += ContextBudget.Tokens(message);
        return (int)Math.Min(int.MaxValue, score);
    }

    /// <summary>The model for a score; <paramref name="usual"/> where nothing is routed, the model is pinned, or its slot says <c>default</c>.</summary>
    public static ModelRef Choose(AgentManifest agent, ModelRef usual, int score)
    {
        if (agent.Routing is not { } routing || agent.PinnedModel is { Length: > 0 })
            return usual;
        var name = score < routing.SimpleThreshold ? routing.SimpleModel
            : score < routing.ComplexThreshold ? routing.MediumModel
            : routing.ComplexModel;
        return name is "" or "default" || name == usual.Model ? usual : usual with { Model = name };
    }
}
