namespace Fangd.Server.Config;

/// <summary>
/// The model of agents that name none. Nothing can be guessed about a machine's own models, so without any
/// configuration it is <c>openai</c> / <c>gpt-4o-mini</c>, with the key in <c>OPENAI_API_KEY</c>.
/// </summary>
public sealed record DefaultModelConfig(string Provider, string Model, string? ApiKeyEnv, string? BaseUrl)
{
    public const string BuiltInProvider = "openai";
    public const string BuiltInModel = "gpt-4o-mini";

    internal static DefaultModelConfig Read(SectionReader section)
    {
        var provider = section.OptionalString("provider", BuiltInProvider) ?? BuiltInProvider;
        var model = section.OptionalString("model", BuiltInModel) ?? BuiltInModel;
        if (provider != BuiltInProvider && !section.Has("model"))
            section.Missing("model", $"the provider {provider} is set without a model: name one");
        var read = new DefaultModelConfig(provider, model, section.OptionalString("api_key_env"), Urls.Read(section, "base_url"));
        section.Finish();
        return read;
    }
}

/// <summary>A model that is tried when the ones before it fail.</summary>
public sealed record FallbackProviderConfig(string Provider, string Model, string? ApiKeyEnv, string? BaseUrl)
{
    internal static FallbackProviderConfig Read(SectionReader section)
    {
        foreach (var key in new[] { "provider", "model" })
        {
            if (!section.Has(key))
                section.Missing(key, $"a fallback provider needs a {key}");
        }

        var read = new FallbackProviderConfig(
            section.String("provider", ""),
            section.String("model", ""),
            section.OptionalString("api_key_env"),
            Urls.Read(section, "base_url"));
        section.Finish();
        return read;
    }
}
