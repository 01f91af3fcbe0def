using System.Reflection;
using System.Text;

namespace Fangd.Server.Skills;

/// <summary>
/// The bundled skills, and the user's own below <c>skills/NAME/SKILL.md</c>, which win. The bundled ones are read when first asked for, the user's
/// anew each time, so that an edit shows at once.
/// </summary>
internal sealed class SkillLibrary(string home)
{
    private const string Prefix = "skills/";
    private const string FileName = "SKILL.md";
    private const long LargestFile = 64 * 1024;
    private const int MostOwn = 500;

    private readonly Lazy<Dictionary<string, Skill>> _bundled = new(ReadBundled);

    private string Folder => Path.Combine(home, "skills");

    /// <summary>All skills by name. A file of the user's that is none is left out.</summary>
    public IReadOnlyList<Skill> All()
    {
        var names = new SortedSet<string>(_bundled.Value.Keys, StringComparer.Ordinal);
        if (Directory.Exists(Folder))
            names.UnionWith(Directory.EnumerateDirectories(Folder).Select(Path.GetFileName).OfType<string>().Where(SkillFile.IsName).Take(MostOwn));
        return [.. names.Select(Find).OfType<Skill>()];
    }

    /// <summary>Null for a name that is not there or could not be one: nothing outside the folder is ever looked at.</summary>
    public Skill? Find(string name)
    {
        if (!SkillFile.IsName(name))
            return null;
        var file = new FileInfo(Path.Combine(Folder, name, FileName));
        if (file is { Exists: true, Length: <= LargestFile } && SkillFile.Read(File.ReadAllText(file.FullName), isBundled: false) is { } own && own.Name == name)
            return own;
        return _bundled.Value.GetValueOrDefault(name);
    }

    /// <summary>
    /// What an agent with these skills is told; null when it has none. An agent that names no skills may use all, and is told of none: all of
    /// them in each prompt would help nobody.
    /// </summary>
    public string? Prompt(IReadOnlyList<string> names)
    {
        if (names.Count == 0)
            return null;
        var text = new StringBuilder();
        foreach (var name in names)
        {
            if (Find(name) is not { } skill)
                continue;
            if (text.Length > 0)
                text.Append("\n\n");
            text.Append("## Skill: ").Append(skill.Name).Append('\n').Append(skill.Text);
        }

        return text.Length > 0 ? text.ToString() : null;
    }

    private static Dictionary<string, Skill> ReadBundled()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var skills = new Dictionary<string, Skill>(StringComparer.Ordinal);
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            if (!resource.StartsWith(Prefix, StringComparison.Ordinal))
                continue;
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            if (SkillFile.Read(reader.ReadToEnd(), isBundled: true) is { } skill)
                skills[skill.Name] = skill;
        }

        return skills;
    }
}
