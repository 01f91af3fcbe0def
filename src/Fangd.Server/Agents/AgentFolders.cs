using System.Text;

namespace Fangd.Server.Agents;

/// <summary>Where an agent's <c>agent.toml</c> lies: <c>agents/NAME/agent.toml</c> below the home.</summary>
internal sealed class AgentFolders(string home)
{
    private const string FileName = "agent.toml";

    public string Root => Path.Combine(home, "agents");

    public string FileOf(string name) => Path.Combine(Root, FolderName(name), FileName);

    /// <summary>
    /// Replaces the file in one step: written beside, then renamed, so that a kill leaves the old or the new text. It happens before the
    /// row is committed: dying in between leaves a newer file, which the next start takes over, and not an update that is lost.
    /// </summary>
    public FileStamp Write(string name, string manifest)
    {
        var file = FileOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var beside = file + ".new";
        File.WriteAllText(beside, manifest, new UTF8Encoding(false));
        File.Move(beside, file, overwrite: true);
        return FileStamp.Of(file);
    }

    public void Delete(string name)
    {
        var file = FileOf(name);
        File.Delete(file);
        try
        {
            Directory.Delete(Path.GetDirectoryName(file)!);
        }
        catch (IOException)
        {
            // The user keeps something else there.
        }
    }

    /// <summary>All manifests on disk, whether their agent is known or not.</summary>
    public IEnumerable<string> Files() => Directory.Exists(Root)
        ? Directory.EnumerateDirectories(Root).Select(d => Path.Combine(d, FileName)).Where(File.Exists)
        : [];

    /// <summary>
    /// A name as a folder: unchanged where it is plain, otherwise what is plain of it and the hash of all. The sign between the two is in no plain
    /// name and the hash is too long to be met by trying: an agent that names its children must not be able to name another's folder.
    /// </summary>
    public static string FolderName(string name)
    {
        var isPlain = name.Length is > 0 and <= 80 && name[0] != '.' && name.All(IsPlain);
        if (isPlain)
            return name;
        var plain = string.Concat(name.Take(40).Select(c => IsPlain(c) ? c : '_')).TrimStart('.');
        var hash = System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(name));
        return $"{plain}~{Convert.ToHexStringLower(hash.AsSpan(0, 16))}";
    }

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.';
}
