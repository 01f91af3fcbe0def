using System.Globalization;

namespace Fangd.Cli.Doctor;

/// <summary>Finds the program that listens on a TCP port, in /proc, as far as this user may see.</summary>
internal static class PortHolder
{
    private const string Listening = "0A";

    /// <summary>Name and process id, or null when it cannot be told.</summary>
    public static string? Of(int port)
    {
        var sockets = Sockets("/proc/net/tcp", port).Concat(Sockets("/proc/net/tcp6", port)).Select(inode => $"socket:[{inode}]").ToHashSet();
        if (sockets.Count == 0)
            return null;
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(path["/proc/".Length])))
            if (Holds(process, sockets))
                return $"{Name(process)} (process {Path.GetFileName(process)})";
        return null;
    }

    private static List<string> Sockets(string table, int port)
    {
        var inodes = new List<string>();
        if (!File.Exists(table))
            return inodes;
        foreach (var row in File.ReadLines(table).Skip(1))
        {
            var cells = row.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (cells.Length > 9 && cells[3] == Listening && int.TryParse(cells[1].AsSpan(cells[1].LastIndexOf(':') + 1), NumberStyles.HexNumber, null, out var local) && local == port)
                inodes.Add(cells[9]);
        }
        return inodes;
    }

    private static bool Holds(string process, HashSet<string> sockets)
    {
        try
        {
            return Directory.EnumerateFiles(Path.Combine(process, "fd")).Any(descriptor => new FileInfo(descriptor).LinkTarget is { } target && sockets.Contains(target));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Another user's, or gone meanwhile.
            return false;
        }
    }

    private static string Name(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "comm")).Trim();
        }
        catch (IOException)
        {
            return "a program";
        }
    }
}
