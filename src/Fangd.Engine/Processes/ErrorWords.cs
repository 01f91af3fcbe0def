using System.Globalization;

namespace Fangd.Engine.Processes;

/// <summary>What the kernel answers when a program cannot be started, in words.</summary>
internal static class ErrorWords
{
    public static string Of(int error) => error switch
    {
        2 => "there is no such file",
        7 => "the arguments are too long",
        8 => "it is no program for this machine",
        11 => "there are too many processes",
        12 => "there is not enough memory",
        13 => "permission is denied",
        20 => "a part of the path is not a folder",
        26 => "the file is open for writing",
        _ => string.Create(CultureInfo.InvariantCulture, $"error {error}"),
    };
}
