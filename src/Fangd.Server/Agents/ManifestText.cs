using System.Text.Json;
using Fangd.Toml;

namespace Fangd.Server.Agents;

/// <summary>The text of an <c>agent.toml</c>: changed in place, so that every field and comment of it stays.</summary>
public static class ManifestText
{
    /// <summary>Sets one value. The model's name is set under the word that the text already uses for it.</summary>
    /// <exception cref="TomlException">The text is not TOML, or the path leads through a scalar.</exception>
    public static string Set(string text, IReadOnlyList<string> path, TomlValue value)
    {
        var editor = new TomlEditor(text);
        if (path is ["model", "model"] && editor.Root.GetTable("model") is { } model && model.Contains("name") && !model.Contains("model"))
            path = ["model", "name"];
        editor.Set(path, value);
        return editor.Text;
    }

    /// <summary>Removes one value; the text as it is when there is none.</summary>
    /// <exception cref="TomlException">The text is not TOML.</exception>
    public static string Remove(string text, IReadOnlyList<string> path)
    {
        var editor = new TomlEditor(text);
        editor.Remove(path);
        return editor.Text;
    }

    /// <summary>
    /// A manifest from AgentOS's JSON form. What has no place in a manifest is kept under <c>[metadata]</c>. Whether
    /// the result is a good manifest, <see cref="ManifestReader"/> says.
    /// </summary>
    /// <returns>The text, or null and a sentence that names the field that has a wrong type.</returns>
    public static (string? Toml, string? Fault) FromAgentOs(JsonElement body) => new AgentOsManifest().Convert(body);
}
