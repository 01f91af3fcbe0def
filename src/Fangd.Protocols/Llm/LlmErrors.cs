using System.Net.Http.Headers;
using System.Text;

namespace Fangd.Protocols.Llm;

/// <summary>Tells from a provider's refusal what it means, and words it for people.</summary>
internal static class LlmErrors
{
    /// <summary>Most characters of a provider's own words in a message of ours.</summary>
    public const int MaxQuote = 300;

    private static readonly string[] BillingTexts =
    [
        "insufficient_quota", "exceeded your current quota", "billing", "credit balance", "insufficient credit", "insufficient balance",
        "out of credits", "payment required", "insufficient funds", "exceeded_current_quota",
    ];

    private static readonly string[] ContextTexts =
    [
        "context_length_exceeded", "context length", "context window", "context size", "context_window", "maximum context", "too many tokens",
        "prompt is too long", "prompt too long", "input is too long", "input too long", "reduce the length", "exceed_context_size", "n_ctx",
        "exceeds the maximum number of tokens", "maximum prompt length", "token count exceeds", "request_too_large", "input length and `max_tokens` exceed",
    ];

    private static readonly string[] ModelTexts =
    [
        "model_not_found", "unknown model", "invalid model", "no such model", "not a valid model", "model not found", "model_not_exist",
        "model not exist", "model does not exist", "not_found_error",
    ];

    private static readonly string[] KeyTexts = ["invalid api key", "incorrect api key", "api key not valid", "invalid_api_key", "api_key_invalid", "authentication_error", "permission_error", "permission_denied", "unauthenticated"];

    /// <summary>
    /// The fault behind an HTTP status (0: an error object inside a stream) and all text that came with it: message, code and type.
    /// <paramref name="isJson"/> says whether the provider itself spoke and not some proxy or web server in its place.
    /// </summary>
    public static LlmFault Classify(int status, string words, bool isJson)
    {
        // Google words its limits a minute like an unpaid bill; its status tells them apart.
        if (status != 402 && Has(words, "resource_exhausted")) return LlmFault.RateLimit;
        if (status == 402 || Has(words, BillingTexts)) return LlmFault.Billing;
        // Before the context texts: a limit of tokens a minute also speaks of too many tokens, and passes by itself.
        if (status == 429 || Has(words, "rate_limit", "rate limit", "too many requests", "tokens per min", "requests per min"))
            return Has(words, "overloaded") ? LlmFault.Overloaded : LlmFault.RateLimit;
        if (status is not (401 or 403) && (Has(words, ContextTexts) || status == 413)) return LlmFault.ContextOverflow;
        if (status == 403)
        {
            return Has(words, "quota") ? LlmFault.Billing
                : Has(words, "overloaded") ? LlmFault.Overloaded
                : Has(words, "model") ? LlmFault.ModelNotFound
                : LlmFault.Auth;
        }

        if (status == 401 || Has(words, KeyTexts)) return LlmFault.Auth;
        if (status is 408 or 504 or 524 || Has(words, "timeout_error", "deadline_exceeded")) return LlmFault.Timeout;
        if (status >= 500) return LlmFault.Overloaded;
        if (Has(words, ModelTexts) || (Has(words, "model") && Has(words, "not found", "does not exist", "not exist", "not supported by this provider")))
            return LlmFault.ModelNotFound;
        if (status == 404) return isJson ? LlmFault.ModelNotFound : LlmFault.BadRequest;
        if (status is 409 or 425) return LlmFault.Overloaded;
        if (status == 0 && !Has(words, "invalid_request", "bad_request", "invalid_argument")) return LlmFault.Overloaded;
        return LlmFault.BadRequest;
    }

    /// <summary>A sentence for people: who refused, with what status, and the beginning of what was said.</summary>
    public static string Describe(LlmTarget target, LlmFault fault, int status, string? said)
    {
        var what = fault switch
        {
            LlmFault.RateLimit => "limits the rate of calls",
            LlmFault.Overloaded => "is overloaded or failing",
            LlmFault.Timeout => "gave up waiting for its model",
            LlmFault.Billing => "asks for payment or has no quota left",
            LlmFault.Auth => "refused the API key",
            LlmFault.ContextOverflow => "says that the conversation is too long for the model",
            LlmFault.ModelNotFound => "does not know the model",
            _ => "refused the request",
        };
        var code = status > 0 ? $" (HTTP {status})" : "";
        return said is { Length: > 0 } ? $"{target.Provider} {what}{code}: {said}" : $"{target.Provider} {what}{code}";
    }

    /// <summary>
    /// The beginning of a provider's words as one line: no markup, no control characters, no key, at most <see cref="MaxQuote"/> characters.
    /// Null where nothing readable is left.
    /// </summary>
    public static string? Quote(string? words, string? key)
    {
        if (string.IsNullOrWhiteSpace(words)) return null;
        if (IsMarkup(words)) return "it sent a web page";
        if (key is { Length: > 3 }) words = words.Replace(key, "***", StringComparison.Ordinal);
        var line = new StringBuilder(Math.Min(words.Length, MaxQuote));
        var gap = false;
        foreach (var rune in words.EnumerateRunes())
        {
            if (Rune.IsControl(rune) || Rune.IsWhiteSpace(rune))
            {
                gap = line.Length > 0;
                continue;
            }

            if (line.Length + rune.Utf16SequenceLength + (gap ? 1 : 0) > MaxQuote - 1)
            {
                line.Append('…');
                break;
            }

            if (gap) line.Append(' ');
            gap = false;
            line.Append(rune.ToString());
        }

        return line.Length == 0 ? null : line.ToString();
    }

    /// <summary>What the provider asks to wait, from <c>retry-after-ms</c> or <c>Retry-After</c> (seconds or a date); null for neither.</summary>
    public static TimeSpan? RetryAfter(HttpResponseHeaders headers, TimeProvider time)
    {
        if (headers.TryGetValues("retry-after-ms", out var values) &&
            double.TryParse(values.FirstOrDefault(), System.Globalization.CultureInfo.InvariantCulture, out var milliseconds))
            return Bounded(milliseconds / 1000);
        if (headers.RetryAfter is { } known)
            return known.Delta is { } delta ? Bounded(delta.TotalSeconds) : known.Date is { } date ? Bounded((date - time.GetUtcNow()).TotalSeconds) : null;
        // Fractions of a second are not in the standard, but in the wild.
        return headers.TryGetValues("Retry-After", out values) &&
            double.TryParse(values.FirstOrDefault(), System.Globalization.CultureInfo.InvariantCulture, out var seconds)
            ? Bounded(seconds)
            : null;
    }

    /// <summary>Whether text is HTML or XML rather than words.</summary>
    public static bool IsMarkup(ReadOnlySpan<char> text)
    {
        text = text.TrimStart().TrimStart('\uFEFF');
        return text.StartsWith("<");
    }

    private static TimeSpan Bounded(double seconds) => TimeSpan.FromSeconds(double.IsNaN(seconds) ? 0 : Math.Clamp(seconds, 0, 30 * 86400));

    private static bool Has(string words, params ReadOnlySpan<string> texts)
    {
        foreach (var text in texts)
        {
            if (words.Contains(text, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }
}
