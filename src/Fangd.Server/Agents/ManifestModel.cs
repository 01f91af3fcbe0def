using Fangd.Engine.Agents;
using Fangd.Server.Config;

namespace Fangd.Server.Agents;

/// <summary>The models that a manifest names. Some systems say <c>name</c> where the others say <c>model</c>.</summary>
internal static class ManifestModel
{
    public static AgentModel Read(SectionReader section)
    {
        var read = new AgentModel
        {
            Provider = section.String("provider", "default"),
            Model = ReadModelName(section) ?? "default",
            MaxTokens = section.Integer("max_tokens", 4096, 1),
            Temperature = section.Number("temperature", 0.7, 0, 2),
            SystemPrompt = section.String("system_prompt", "You are a helpful AI agent."),
            ApiKeyEnv = section.OptionalString("api_key_env"),
            BaseUrl = Urls.Read(section, "base_url"),
        };
        section.Finish();
        return read;
    }

    public static FallbackModel ReadFallback(SectionReader section)
    {
        var model = ReadModelName(section);
        if (model is null && section.Find("model") is null)
            section.Missing("model", "a fallback needs a model");
        var read = new FallbackModel(section.String("provider", "default"), model ?? "", section.OptionalString("api_key_env"), Urls.Read(section, "base_url"));
        section.Finish();
        return read;
    }

    public static AgentRouting ReadRouting(SectionReader section)
    {
        var read = new AgentRouting(
            section.String("simple_model", "default"),
            section.String("medium_model", "default"),
            section.String("complex_model", "default"),
            section.Integer("simple_threshold", 100),
            section.Integer("complex_threshold", 500));
        section.Finish();
        return read;
    }

    private static string? ReadModelName(SectionReader section)
    {
        var name = section.OptionalString("name");
        return section.OptionalString("model") ?? name;
    }
}
