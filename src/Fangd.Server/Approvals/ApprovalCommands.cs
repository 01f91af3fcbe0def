using Fangd.Server.Http;

namespace Fangd.Server.Approvals;

/// <summary>Approvals from within a chat: <c>/approvals</c>, <c>/approve</c> and <c>/reject</c>.</summary>
internal sealed class ApprovalCommands(ApprovalDesk desk)
{
    public string List()
    {
        var pending = Pending();
        return pending.Count == 0 ? "Nothing waits for approval" : string.Join('\n', pending.Select(r => $"{r.Id}  {r.AgentName}  {r.Description}"));
    }

    /// <summary><paramref name="argument"/>: an id and, where one is asked for, a code; the id may be left out while one request waits.</summary>
    public async Task<string> Approve(string argument, CancellationToken aborted)
    {
        var (row, code) = Pick(argument);
        await desk.Approve(row.Id, code, ApprovalDesk.Chat, aborted);
        return $"Approved: {row.Description}";
    }

    /// <summary><paramref name="argument"/>: an id, then what to tell the agent.</summary>
    public async Task<string> Reject(string argument)
    {
        var (row, feedback) = Pick(argument);
        await desk.Reject(row.Id, feedback, ApprovalDesk.Chat);
        return $"Rejected: {row.Description}";
    }

    private List<ApprovalRow> Pending() => desk.List().FindAll(r => r.Status == ApprovalStatus.Pending);

    private (ApprovalRow Row, string? Words) Pick(string argument)
    {
        var space = argument.IndexOf(' ');
        var word = space < 0 ? argument : argument[..space];
        if (Guid.TryParseExact(word, "D", out var id))
            return (desk.Of(id.ToString("D")), space < 0 ? null : argument[(space + 1)..].Trim());
        return Pending() switch
        {
            [var only] => (only, argument.Length > 0 ? argument : null),
            [] => throw ApiException.NotFound("Nothing waits for approval"),
            var many => throw ApiException.BadRequest($"{many.Count} requests wait: say which by its id; /approvals lists them"),
        };
    }
}
