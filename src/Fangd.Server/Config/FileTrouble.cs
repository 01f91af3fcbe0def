namespace Fangd.Server.Config;

/// <summary>What went wrong with a file, in words. The framework's own are left out of the binary, and what is left of them is a key.</summary>
public static class FileTrouble
{
    /// <summary>The end of a sentence. An exception of ours, with a message that is one, keeps it.</summary>
    public static string Of(Exception failure) => failure switch
    {
        UnauthorizedAccessException => "this user may not",
        FileNotFoundException or DirectoryNotFoundException => "it is not there",
        PathTooLongException => "its path is too long",
        // The framework hands the error number of the system on; exceptions of our own do not have one.
        IOException { HResult: > 0 and var error } => error switch
        {
            5 => "the disk reported an error (EIO)",
            20 => "a part of its path is a file",
            21 => "it is a folder",
            24 or 23 => "too many files are open",
            28 or 122 => "the disk is full",
            30 => "the disk is read-only",
            40 => "it is a link that leads round in a circle",
            _ => $"the system refused with error {error}",
        },
        _ => failure.Message,
    };
}
