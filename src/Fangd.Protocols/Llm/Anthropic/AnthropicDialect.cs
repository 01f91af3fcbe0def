namespace Fangd.Protocols.Llm.Anthropic;

/// <summary>Ways in which a model or a compatible server departs from the full request, learned from refusals.</summary>
[Flags]
internal enum AnthropicDialect
{
    Plain = 0,

    /// <summary>Takes no sampling parameters (all models under version 2026-10-21, some under the older one).</summary>
    NoSampling = 1,

    /// <summary>Takes <c>temperature</c> or <c>top_p</c>, not both.</summary>
    OneSampling = 2,

    /// <summary>Knows no thinking with a budget, but adaptive thinking with an effort.</summary>
    AdaptiveThinking = 4,

    /// <summary>Knows no thinking at all.</summary>
    NoThinking = 8,

    /// <summary>Knows no effort, or not this one.</summary>
    NoEffort = 16,

    /// <summary>Knows no schema for its output; it is asked for in words.</summary>
    NoFormat = 32,

    /// <summary>Knows no cache control.</summary>
    NoCache = 64,

    /// <summary>Has no room for thinking beyond the output tokens asked for; the budget is taken from those. For one call only.</summary>
    TightBudget = 128,

    /// <summary>Refuses thinking in the history: it came from another model. For one call only.</summary>
    NoThinkingBack = 256,
}
