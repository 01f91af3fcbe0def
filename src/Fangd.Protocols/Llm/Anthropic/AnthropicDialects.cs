namespace Fangd.Protocols.Llm.Anthropic;

/// <summary>What was learned about servers of this family and their models.</summary>
internal sealed class AnthropicDialects
{
    private const AnthropicDialect OneCallOnly = AnthropicDialect.TightBudget | AnthropicDialect.NoThinkingBack;

    private readonly LearnedTraits known = new();

    public AnthropicDialect For(string baseUrl, string model) => (AnthropicDialect)known.For(baseUrl, model);

    public void Learn(string baseUrl, string model, AnthropicDialect trait)
    {
        if ((trait & OneCallOnly) == 0) known.Learn(baseUrl, model, (int)trait);
    }

    /// <summary>The trait that explains a refusal and has not been tried yet; <c>Plain</c> when none does.</summary>
    public static AnthropicDialect Explain(int status, string words, AnthropicDialect tried)
    {
        if (status is not (400 or 422)) return AnthropicDialect.Plain;
        foreach (var trait in Candidates(words))
        {
            if (trait != AnthropicDialect.Plain && (tried & trait) == 0) return trait;
        }

        return AnthropicDialect.Plain;
    }

    // The more special ones first: most refusals that concern thinking name other fields too.
    private static ReadOnlySpan<AnthropicDialect> Candidates(string words) =>
        Has(words, "signature") || Has(words, "expected `thinking`") || Has(words, "start with a thinking block") || Has(words, "cannot be modified")
            ? [AnthropicDialect.NoThinkingBack]
        : Has(words, "adaptive") ? [AnthropicDialect.AdaptiveThinking, AnthropicDialect.NoThinking]
        : Has(words, "effort") ? [AnthropicDialect.NoEffort]
        : Has(words, "max_tokens") && (Has(words, "thinking") || Has(words, "maximum allowed")) ? [AnthropicDialect.TightBudget]
        : Has(words, "top_p") && Has(words, "both") ? [AnthropicDialect.OneSampling, AnthropicDialect.NoSampling]
        : Has(words, "temperature") || Has(words, "top_p") || Has(words, "top_k") ? [AnthropicDialect.NoSampling]
        : Has(words, "thinking") ? [AnthropicDialect.NoThinking]
        : Has(words, "output_config") || Has(words, "output_format") ? [AnthropicDialect.NoFormat]
        : Has(words, "cache_control") ? [AnthropicDialect.NoCache]
        : [];

    private static bool Has(string words, string text) => words.Contains(text, StringComparison.OrdinalIgnoreCase);
}
