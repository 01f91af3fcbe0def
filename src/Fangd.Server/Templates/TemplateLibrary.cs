using Fangd.Engine.Agents;
namespace Fangd.Server.Templates;
internal sealed record Template(string Name, string Path, string ManifestToml, AgentManifest Manifest);
internal sealed class TemplateLibrary(string home)
{
    public string Home => home;
    public IEnumerable<Template> All() => [];
    public Template? Find(string name) => null;
}
