namespace Fangd.Server.Config;

/// <summary>Replaces a file so that a reader, or a power cut, finds the old or the new one and nothing between.</summary>
internal static class AtomicFile
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>A new file is for its owner only; one that is there keeps its mode, and a symbolic link stays one.</summary>
    public static void Replace(string file, ReadOnlySpan<byte> content)
    {
        var target = new FileInfo(file).LinkTarget is null ? file : File.ResolveLinkTarget(file, returnFinalTarget: true)!.FullName;
        var folder = Path.GetDirectoryName(target)!;
        var mode = Private;
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else if (File.Exists(target))
            mode = File.GetUnixFileMode(target);
        else
            Directory.CreateDirectory(folder, Private | UnixFileMode.UserExecute);

        // In the same folder, because a rename does not cross file systems.
        var fresh = $"{target}.{Environment.ProcessId}.new";
        try
        {
            File.Delete(fresh);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = Private;
            using (var stream = new FileStream(fresh, options))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            // After the content, because the umask has a say in the mode of a new file.
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(fresh, mode);
            File.Move(fresh, target, overwrite: true);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            File.Delete(fresh);
            throw;
        }
    }
}
