namespace Fangd.Protocols.Llm.OpenAi;

/// <summary>What was learned about servers, by base URL, and about their models.</summary>
internal sealed class OpenAiDialects
{
    private readonly LearnedTraits known = new();

    public OpenAiDialect For(string baseUrl, string model) => (OpenAiDialect)known.For(baseUrl, model);

    // stream_options is read by the server, the rest depends on the model behind it.
    public void Learn(string baseUrl, string model, OpenAiDialect trait) =>
        known.Learn(baseUrl, trait == OpenAiDialect.NoStreamOptions ? "" : model, (int)trait);

    /// <summary>The trait that explains a refusal (HTTP 400, 422 or 500) and has not been tried yet; <c>Plain</c> when none does.</summary>
    public static OpenAiDialect Explain(int status, string words, OpenAiDialect tried)
    {
        if (status is not (400 or 404 or 422 or 500)) return OpenAiDialect.Plain;
        var trait =
            Has(words, "stream_options") || Has(words, "include_usage") ? OpenAiDialect.NoStreamOptions
            : Has(words, "max_completion_tokens") && Has(words, "max_tokens") ? OpenAiDialect.MaxCompletionTokens
            : Has(words, "temperature") && (Has(words, "unsupported") || Has(words, "does not support") || Has(words, "not supported")) ? OpenAiDialect.NoTemperature
            : Has(words, "reasoning_content") ? OpenAiDialect.ReasoningBack
            : Has(words, "roles must alternate") || Has(words, "alternate user/assistant") ? OpenAiDialect.StrictTurns
            : Has(words, "does not support tools") ? OpenAiDialect.NoTools
            : OpenAiDialect.Plain;
        return (tried & trait) == 0 ? trait : OpenAiDialect.Plain;
    }

    private static bool Has(string words, string text) => words.Contains(text, StringComparison.OrdinalIgnoreCase);
}
