using Fangd.Server.Providers;

namespace Fangd.Cli.Settings;

/// <summary>A first model for who names only a provider, or has a provider's key in the environment already.</summary>
internal sealed record ModelChoice(string Provider, string Model)
{
    // In the order in which keys are looked for; OpenAI's is the built-in default.
    private static readonly ModelChoice[] Known =
    [
        new("openai", "gpt-4o-mini"),
        new("groq", "llama-3.3-70b-versatile"),
        new("mistral", "mistral-small-latest"),
        new("deepseek", "deepseek-chat"),
        new("openrouter", "openai/gpt-4o-mini"),
        new("ollama", "llama3.2"),
    ];

    /// <summary>The first provider whose key is set, or null.</summary>
    public static ModelChoice? InEnvironment(Func<string, string?> variable) =>
        Known.FirstOrDefault(choice => ProviderList.Find(choice.Provider) is { NeedsKey: true } provider && variable(provider.KeyVariable) is not null);

    /// <summary>A usual model of a provider, or null when none is known.</summary>
    public static string? ModelOf(string provider) => Known.FirstOrDefault(choice => choice.Provider == provider)?.Model;
}
