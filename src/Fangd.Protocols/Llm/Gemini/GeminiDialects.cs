namespace Fangd.Protocols.Llm.Gemini;

/// <summary>What was learned about servers of this family and their models.</summary>
internal sealed class GeminiDialects
{
    private readonly LearnedTraits known = new();

    public GeminiDialect For(string baseUrl, string model) => (GeminiDialect)known.For(baseUrl, model);

    public void Learn(string baseUrl, string model, GeminiDialect trait)
    {
        if (trait != GeminiDialect.ReplaceSignatures) known.Learn(baseUrl, model, (int)trait);
    }

    /// <summary>The trait that explains a refusal and has not been tried yet; <c>Plain</c> when none does.</summary>
    public static GeminiDialect Explain(int status, string words, GeminiDialect tried)
    {
        if (status != 400) return GeminiDialect.Plain;
        foreach (var trait in Candidates(words))
        {
            if ((tried & trait) == 0) return trait;
        }

        return GeminiDialect.Plain;
    }

    private static ReadOnlySpan<GeminiDialect> Candidates(string words) =>
        Has(words, "thought_signature") || Has(words, "thought signature") || Has(words, "thoughtSignature")
            ? Has(words, "missing") ? [GeminiDialect.MarkUnsigned, GeminiDialect.ReplaceSignatures] : [GeminiDialect.ReplaceSignatures]
        : Has(words, "JsonSchema") || Has(words, "json_schema") ? [GeminiDialect.OwnSchemas]
        : Has(words, "mime type") || Has(words, "mime_type") || Has(words, "mimeType") || Has(words, "JSON mode")
            ? Has(words, "function") || Has(words, "tool") ? [GeminiDialect.NoFormatWithTools] : [GeminiDialect.NoFormat]
        : Has(words, "response_schema") || Has(words, "responseSchema") ? [GeminiDialect.NoFormat]
        : Has(words, "developer instruction") || (Has(words, "system instruction") && Has(words, "not")) ? [GeminiDialect.NoSystem]
        : Has(words, "function calling is not") || Has(words, "tool use is not") ? [GeminiDialect.NoTools]
        : Has(words, "thinking") ? Has(words, "budget") ? [GeminiDialect.ThinkingLevel, GeminiDialect.NoThinking] : [GeminiDialect.NoThinking]
        : Has(words, "Unknown name \"id\"") ? [GeminiDialect.NoCallIds]
        : Has(words, "penalty") ? [GeminiDialect.NoPenalties]
        : [];

    private static bool Has(string words, string text) => words.Contains(text, StringComparison.OrdinalIgnoreCase);
}
