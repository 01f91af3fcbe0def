namespace Fangd.Protocols.Llm.Anthropic;

/// <summary>How much a model is to think, from <c>reasoning_effort</c> and what the request allows.</summary>
internal readonly record struct AnthropicThinking(AnthropicThinking.Mode How, int Budget, string? Effort)
{
    // The least that the API takes.
    private const int LeastBudget = 1024;

    internal enum Mode
    {
        /// <summary>Nothing is said about it.</summary>
        Unsaid,
        Disabled,
        Enabled,
        Adaptive,
    }

    public static AnthropicThinking Of(LlmRequest request, AnthropicDialect dialect, int maxTokens)
    {
        if (LlmOptions.Text(request, "reasoning_effort") is not { } effort || (dialect & AnthropicDialect.NoThinking) != 0) return default;
        if (effort == "none") return new(Mode.Disabled, 0, null);
        // Thinking and a forced tool exclude each other, and so do thinking and an open tool loop that was begun without.
        if (LlmOptions.Tools(request, out _) is ToolDemand.Required or ToolDemand.Named && request.Tools.Count > 0) return default;
        if (!IsLoopThoughtful(request.Messages, dialect)) return default;

        var budget = effort switch
        {
            "minimal" => LeastBudget,
            "low" => 2 * LeastBudget,
            "high" => 16 * LeastBudget,
            "xhigh" or "max" => 32 * LeastBudget,
            _ => 8 * LeastBudget,
        };
        if (dialect.HasFlag(AnthropicDialect.TightBudget))
        {
            budget = Math.Min(budget, maxTokens / 2);
            if (budget < LeastBudget) return default;
        }

        if (!dialect.HasFlag(AnthropicDialect.AdaptiveThinking)) return new(Mode.Enabled, budget, null);
        return new(Mode.Adaptive, budget, dialect.HasFlag(AnthropicDialect.NoEffort) ? null : effort == "minimal" ? "low" : effort);
    }

    /// <summary>Whether a part of the history is thinking that can go back.</summary>
    public static bool IsSent(LlmPart part, AnthropicDialect dialect) =>
        part is LlmReasoning { Signature.Length: > 0 } && !dialect.HasFlag(AnthropicDialect.NoThinkingBack);

    // With thinking on, the newest turn of calls has to begin with the thinking that led to it.
    private static bool IsLoopThoughtful(IReadOnlyList<LlmMessage> messages, AnthropicDialect dialect)
    {
        for (var i = messages.Count - 1; i >= 0; i--)
        {
            if (messages[i].Role != LlmRole.Assistant) continue;
            var hasCalls = false;
            foreach (var part in messages[i].Parts)
            {
                if (IsSent(part, dialect)) return true;
                hasCalls |= part is LlmToolCall;
            }

            return !hasCalls;
        }

        return true;
    }
}
