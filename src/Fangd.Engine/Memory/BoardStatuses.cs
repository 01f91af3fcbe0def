namespace Fangd.Engine.Memory;

/// <summary>The words for where a task stands.</summary>
public static class BoardStatuses
{
    public static string Word(this BoardStatus status) => status switch
    {
        BoardStatus.Pending => "pending",
        BoardStatus.InProgress => "in_progress",
        _ => "completed",
    };

    /// <summary>Null for a word that is none.</summary>
    public static BoardStatus? Find(string word) => word switch
    {
        "pending" => BoardStatus.Pending,
        "in_progress" => BoardStatus.InProgress,
        "completed" => BoardStatus.Completed,
        _ => null,
    };
}
