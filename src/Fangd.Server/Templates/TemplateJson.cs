using System.Text.Json.Serialization;

namespace Fangd.Server.Templates;

public sealed record TemplateItem(string Name, string Description, string Path);

public sealed record TemplateList(IReadOnlyList<TemplateItem> Templates, int Total);

public sealed record TemplateView(string Name, TemplateManifest Manifest, string ManifestToml);

public sealed record TemplateManifest(
    string Name,
    string Version,
    string Description,
    string Author,
    string Module,
    IReadOnlyList<string> Tags,
    TemplateModel Model,
    TemplateCapabilities Capabilities);

public sealed record TemplateModel(string Provider, string Model, int MaxTokens, double Temperature, string SystemPrompt);

public sealed record TemplateCapabilities(IReadOnlyList<string> Tools, IReadOnlyList<string> Network, IReadOnlyList<string> Shell);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(TemplateList))]
[JsonSerializable(typeof(TemplateView))]
internal sealed partial class TemplateJson : JsonSerializerContext;
