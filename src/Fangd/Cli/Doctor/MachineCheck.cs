namespace Fangd.Cli.Doctor;

/// <summary>The clock and the disk.</summary>
internal static class MachineCheck
{
    private const long Mebibyte = 1024 * 1024;

    /// <summary><paramref name="daemonLead"/>: the daemon's clock minus ours; null when it did not say.</summary>
    public static Finding Clock(DateTimeOffset now, TimeSpan? daemonLead)
    {
        // Boards without a battery begin in 1970 or at the image's date; every certificate is then "not yet valid".
        if (now.Year is < 2025 or > 2100)
            return Finding.Problem("clock", $"the clock says {now:yyyy-MM-dd}", "sudo timedatectl set-ntp true, and wait until it is set");
        if (daemonLead is { } lead && Math.Abs(lead.TotalSeconds) > 60)
            return Finding.Warning("clock", $"fangd's clock is {Math.Abs(lead.TotalSeconds):0} s {(lead > TimeSpan.Zero ? "ahead of" : "behind")} this machine's", "set both by NTP: sudo timedatectl set-ntp true");
        return Finding.Ok("clock", $"{now:yyyy-MM-dd HH:mm} UTC");
    }

    public static Finding Disk(string home)
    {
        var folder = home;
        while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } parent)
            folder = parent;
        return Disk(new DriveInfo(folder).AvailableFreeSpace, folder);
    }

    public static Finding Disk(long free, string folder)
    {
        var message = $"{free / Mebibyte:N0} MiB free for {folder}";
        return free switch
        {
            < 64 * Mebibyte => Finding.Problem("disk", message, $"make room, or move the home folder with --home (see: du -sh {folder})"),
            < 512 * Mebibyte => Finding.Warning("disk", message, $"make room soon (see: du -sh {folder})"),
            _ => Finding.Ok("disk", message),
        };
    }
}
