namespace Fangd.Server.Config;

/// <summary>The embedding model of <c>[memory]</c>; the model is null while nothing is configured.</summary>
public sealed record EmbeddingConfig(string? Provider, string? Model, string? ApiKeyEnv)
{
    internal static EmbeddingConfig Read(SectionReader section)
    {
        var read = new EmbeddingConfig(
            section.OptionalString("embedding_provider"),
            section.OptionalString("embedding_model"),
            section.OptionalString("embedding_api_key_env"));
        if (read.Provider is not null && read.Model is null)
            section.Missing("embedding_model", $"the embedding provider {read.Provider} is set without a model: name one");
        return read;
    }
}
