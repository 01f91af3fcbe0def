
namespace Fangd.Engine.Tools;

/// <summary>
/// What other agent programs call the same tools. Models were trained on those and reach for them, so a call under such a name is
/// understood; nothing is ever offered under one.
/// </summary>
internal static class ForeignToolNames
{
    private static readonly Dictionary<string, string> _canonical = new(StringComparer.Ordinal)
    {
        ["read"] = "file_read",
        ["readfile"] = "file_read",
        ["fsread"] = "file_read",
        ["viewfile"] = "file_read",
        ["openfile"] = "file_read",
        ["write"] = "file_write",
        ["writefile"] = "file_write",
        ["fswrite"] = "file_write",
        ["createfile"] = "file_write",
        ["savefile"] = "file_write",
        ["ls"] = "file_list",
        ["listdir"] = "file_list",
        ["listdirectory"] = "file_list",
        ["listfiles"] = "file_list",
        ["fslist"] = "file_list",
        ["bash"] = "shell_exec",
        ["shell"] = "shell_exec",
        ["exec"] = "shell_exec",
        ["execute"] = "shell_exec",
        ["runcommand"] = "shell_exec",
        ["executecommand"] = "shell_exec",
        ["fetch"] = "web_fetch",
        ["fetchurl"] = "web_fetch",
        ["httpget"] = "web_fetch",
        ["search"] = "web_search",
        ["searchweb"] = "web_search",
        ["remember"] = "memory_store",
        ["recall"] = "memory_recall",
        ["time"] = "system_time",
        ["gettime"] = "system_time",
        ["currenttime"] = "system_time",
        ["getcurrenttime"] = "system_time",
    };

    /// <summary>The key under which spellings of one name meet: <c>Read_File</c>, <c>read-file</c> and <c>readFile</c> are one.</summary>
    public static string Fold(string name) =>
        string.Concat(name.Where(char.IsAsciiLetterOrDigit).Select(char.ToLowerInvariant));

    /// <summary>Our name for a folded foreign one, or null.</summary>
    public static string? Find(string folded) => _canonical.GetValueOrDefault(folded);
}
