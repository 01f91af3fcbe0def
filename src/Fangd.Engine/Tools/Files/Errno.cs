namespace Fangd.Engine.Tools.Files;

/// <summary>Error numbers of Linux, the same on every machine that fangd runs on, and what they mean to a model.</summary>
internal static class Errno
{
    public const int NotFound = 2;
    public const int Interrupted = 4;
    public const int NoDevice = 6;
    public const int Exists = 17;
    public const int NotAFolder = 20;
    public const int IsAFolder = 21;
    public const int NotEmpty = 39;
    public const int TooManyLinks = 40;

    private const int NotPermitted = 1;
    private const int AccessDenied = 13;
    private const int DiskFull = 28;
    private const int ReadOnlyDisk = 30;
    private const int NameTooLong = 36;
    private const int QuotaExceeded = 122;

    /// <summary>A refusal that names the path as the model wrote it and never one of the host.</summary>
    public static FileRefusal Refuse(int error, string path) => new(error switch
    {
        NotFound => $"There is no \"{path}\" in the workspace.",
        TooManyLinks => $"The path \"{path}\" is denied: it goes through a symbolic link, which may lead outside the workspace.",
        NotAFolder => $"A part of \"{path}\" is not a folder.",
        IsAFolder => $"\"{path}\" is a folder.",
        NoDevice => $"\"{path}\" is not a regular file; pipes, sockets and devices in the workspace are not opened.",
        NotEmpty => $"The folder \"{path}\" is not empty; delete what is in it first.",
        Exists => $"There is a \"{path}\" already.",
        NotPermitted or AccessDenied => $"The system does not permit this for \"{path}\".",
        DiskFull or QuotaExceeded => $"The disk is full; \"{path}\" was not changed.",
        ReadOnlyDisk => $"The workspace can only be read; \"{path}\" was not changed.",
        NameTooLong => $"A name in \"{path}\" is too long; at most 255 bytes each.",
        _ => $"The system could not do this for \"{path}\" (error {error}).",
    })
    {
        IsMissing = error == NotFound,
    };
}

/// <summary>Why something is not done with a file of a workspace. The message is for the model and for people.</summary>
public sealed class FileRefusal(string message) : Exception(message)
{
    /// <summary>The file, or a folder on the way to it, is not there.</summary>
    public bool IsMissing { get; init; }
}
