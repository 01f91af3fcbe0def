namespace Fangd.Engine.Tools;

/// <summary>Who wrote the message that a run answers, where whoever brought it said so: an id as their platform has it, and the channel it came by.</summary>
public sealed record MessageSender(string? Id, string? Channel)
{
    /// <summary>Longest id, in characters.</summary>
    public const int LongestId = 256;

    /// <summary>Longest name of a channel, in characters.</summary>
    public const int LongestChannel = 64;
}
