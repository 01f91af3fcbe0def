using System.Reflection;
using Fangd.Engine.Agents;
using Fangd.Server.Agents;

namespace Fangd.Server.Templates;

/// <summary>A ready-made agent. <paramref name="Path"/> is where a file of this name would replace it.</summary>
internal sealed record Template(string Name, string Path, string ManifestToml, AgentManifest Manifest);

/// <summary>
/// The embedded templates and the user's own below <c>templates/NAME/agent.toml</c>, which win. Parsed when first asked for; the user's
/// are read anew each time, so that an edit shows at once.
/// </summary>
internal sealed class TemplateLibrary(string home)
{
    private const string Prefix = "templates/";
    private const string FileName = "agent.toml";
    private const long LargestFile = 256 * 1024;
    private const int MostOwn = 500;

    private readonly Lazy<Dictionary<string, (string Toml, AgentManifest Manifest)>> _embedded = new(ReadEmbedded);

    /// <summary>All templates by name. A file of the user's that does not parse is left out.</summary>
    public IReadOnlyList<Template> All()
    {
        var names = new SortedSet<string>(_embedded.Value.Keys, StringComparer.Ordinal);
        if (Directory.Exists(Folder))
            names.UnionWith(Directory.EnumerateDirectories(Folder).Select(System.IO.Path.GetFileName).OfType<string>().Where(IsName).Take(MostOwn));
        return [.. names.Select(Find).OfType<Template>()];
    }

    /// <summary>Null for a name that is not there or could not be a name: nothing outside the folder is ever looked at.</summary>
    public Template? Find(string name)
    {
        if (!IsName(name))
            return null;
        var path = System.IO.Path.Combine(Folder, name, FileName);
        if (new FileInfo(path) is { Exists: true, Length: <= LargestFile })
        {
            var text = File.ReadAllText(path);
            if (ManifestReader.Read(text).Manifest is { } own)
                return new Template(name, path, text, own);
        }

        return _embedded.Value.TryGetValue(name, out var embedded) ? new Template(name, path, embedded.Toml, embedded.Manifest) : null;
    }

    private string Folder => System.IO.Path.Combine(home, "templates");

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_');

    private static Dictionary<string, (string Toml, AgentManifest Manifest)> ReadEmbedded()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var templates = new Dictionary<string, (string, AgentManifest)>(StringComparer.Ordinal);
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            if (!resource.StartsWith(Prefix, StringComparison.Ordinal))
                continue;
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var text = reader.ReadToEnd();
            var manifest = ManifestReader.Read(text).Manifest ?? throw new InvalidDataException($"the embedded {resource} is not a manifest");
            templates.Add(System.IO.Path.GetFileNameWithoutExtension(resource[Prefix.Length..]), (text, manifest));
        }

        return templates;
    }
}
