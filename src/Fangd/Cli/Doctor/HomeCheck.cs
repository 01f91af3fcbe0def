using Fangd.Cli.Settings;

namespace Fangd.Cli.Doctor;

/// <summary>Whether the home folder is there, ours, writable and private.</summary>
internal static class HomeCheck
{
    private const UnixFileMode OthersMay = (UnixFileMode)0b000_111_111;

    /// <summary><paramref name="isRunning"/>: A daemon that runs has proved that it may write, perhaps as another user.</summary>
    public static IEnumerable<Finding> Look(string home, bool isRunning)
    {
        if (File.Exists(home))
        {
            yield return Finding.Problem("home", $"{home} is a file, not a folder", "move it away, or name another folder with --home DIR");
            yield break;
        }
        if (!Directory.Exists(home))
        {
            yield return Finding.Warning("home", $"{home} is not there yet", $"make it with: fangd init{(IsUsual(home) ? "" : $" --home {home}")}");
            yield break;
        }

        var (user, group) = FileOwner.OfThisProcess();
        var mode = OwnerOnly.ModeOf(home);
        var whose = $"owner uid {FileOwner.Of(home)?.ToString() ?? "unknown"}, mode {Octal(mode)}";
        if (Refusal(home) is { } refusal)
        {
            var message = $"{refusal} {home} (we are uid {user}, {whose})";
            yield return isRunning
                ? Finding.Warning("home", message, "fangd runs as another user: run this command as that user, too")
                : Finding.Problem("home", message, $"sudo chown -R {user}:{group} {home} (in a container: --user {FileOwner.Of(home) ?? user})");
        }
        else if ((mode & OthersMay) != 0)
        {
            yield return Finding.Warning("home", $"{home} is open to other users ({whose})", $"chmod 700 {home}");
        }
        else
        {
            yield return Finding.Ok("home", $"{home} is writable ({whose})");
        }
    }

    /// <summary>As <c>chmod</c> takes it.</summary>
    public static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, 8).PadLeft(4, '0');

    // Writing is the only test that knows of read-only mounts, full disks and access lists.
    private static string? Refusal(string home)
    {
        try
        {
            using var probe = new FileStream(Path.Combine(home, $".doctor-{Environment.ProcessId}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            probe.WriteByte(0);
            probe.Flush();
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return "no permission to write to";
        }
        catch (IOException)
        {
            return "the file system is full, read-only or broken at";
        }
    }

    private static bool IsUsual(string home) =>
        home == Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".fangd");
}
