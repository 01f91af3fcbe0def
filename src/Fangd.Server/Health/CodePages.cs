using System.Globalization;
using System.Runtime.InteropServices;

namespace Fangd.Server.Health;

/// <summary>
/// Takes the pages of the program's code that the start brought in out of the process again: the kernel maps them sixteen at a time, so that most of
/// them were never used. They are the file's own and stay in its cache, where a use finds them and a machine that runs short takes them first.
/// </summary>
internal static partial class CodePages
{
    private const int DontNeed = 4;

    /// <summary>Does nothing where the kernel does not tell what is mapped.</summary>
    public static void Release()
    {
        if (!OperatingSystem.IsLinux() || Environment.ProcessPath is not { } program)
            return;
        try
        {
            foreach (var line in File.ReadLines("/proc/self/maps"))
            {
                // Only what can be run and never written: whatever else is mapped may have been changed.
                if (!line.Contains(" r-xp ", StringComparison.Ordinal) || !line.EndsWith(program, StringComparison.Ordinal))
                    continue;
                var (dash, space) = (line.IndexOf('-'), line.IndexOf(' '));
                var start = nuint.Parse(line.AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                var end = nuint.Parse(line.AsSpan(dash + 1, space - dash - 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                _ = Advise(start, end - start, DontNeed);
            }
        }
        catch (Exception untold) when (untold is IOException or UnauthorizedAccessException or FormatException)
        {
            // Then they stay.
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nuint address, nuint length, int advice);
}
