using Fangd.Server.Http;

namespace Fangd.Server.Templates;

public sealed partial record TemplateItem(string Name, string Description, string Path) : IAnswer;

public sealed partial record TemplateList(IReadOnlyList<TemplateItem> Templates, int Total) : IAnswer;

public sealed partial record TemplateView(string Name, TemplateManifest Manifest, string ManifestToml) : IAnswer;

public sealed partial record TemplateManifest(
    string Name,
    string Version,
    string Description,
    string Author,
    string Module,
    IReadOnlyList<string> Tags,
    TemplateModel Model,
    TemplateCapabilities Capabilities) : IAnswer;

public sealed partial record TemplateModel(string Provider, string Model, int MaxTokens, double Temperature, string SystemPrompt) : IAnswer;

public sealed partial record TemplateCapabilities(IReadOnlyList<string> Tools, IReadOnlyList<string> Network, IReadOnlyList<string> Shell) : IAnswer;
