using System.Text;
using Fangd.Cli.Settings;

namespace Fangd.Cli.Chat;

/// <summary>What the user typed in earlier chats: a small file in the home folder, for the owner's eyes only.</summary>
internal sealed class InputHistory
{
    public const int MaxLines = 500;

    private readonly string path;
    private readonly List<string> lines = [];

    public InputHistory(string path)
    {
        this.path = path;
        try
        {
            if (File.Exists(path))
                lines.AddRange(File.ReadLines(path).TakeLast(MaxLines).Select(Unescape));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A chat without yesterday's lines is still a chat.
        }
    }

    public IReadOnlyList<string> Lines => lines;

    /// <summary>Remembers a line, unless it is empty or the same as the last.</summary>
    public void Add(string line)
    {
        if (string.IsNullOrWhiteSpace(line) || (lines.Count > 0 && lines[^1] == line))
            return;
        lines.Add(line);
        if (lines.Count > MaxLines)
            lines.RemoveAt(0);
    }

    /// <summary>Writes the file, when the home folder is there and may be written.</summary>
    public void Save()
    {
        if (lines.Count == 0 || !Directory.Exists(Path.GetDirectoryName(path)))
            return;
        try
        {
            OwnerOnly.Write(path, string.Concat(lines.Select(line => Escape(line) + "\n")), FileMode.Create);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The home may belong to the daemon's user; then nothing is kept.
        }
    }

    private static string Escape(string line) => line.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Unescape(string line)
    {
        var text = new StringBuilder(line.Length);
        for (var index = 0; index < line.Length; index++)
        {
            if (line[index] != '\\' || index + 1 == line.Length)
                text.Append(line[index]);
            else
                text.Append(line[++index] == 'n' ? '\n' : line[index]);
        }
        return text.ToString();
    }
}
