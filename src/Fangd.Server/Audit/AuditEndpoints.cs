using Fangd.Server.Http;

namespace Fangd.Server.Audit;

/// <summary>The audit chain, to read and to check.</summary>
internal sealed class AuditEndpoints(AuditLog log, AuditVerifier verifier, AuditChain chain)
{
    private const int UsualPage = 50;
    private const int MostOnPage = 500;

    // A walk takes a processor for as long as the chain is; more than one at a time would only take it from the agents.
    private readonly SemaphoreSlim _verifying = new(1);

    public void Map(RouteTable routes)
    {
        routes.Get("/api/audit/recent", Recent).Costs(5);
        routes.Get("/api/audit/verify", Verify).Costs(5);
    }

    private Task Recent(Exchange exchange)
    {
        // Who asks for more than there is on a page gets a page, as both documents have it.
        var limit = exchange.QueryInt("limit", exchange.QueryInt("n", UsualPage, 1, int.MaxValue), 1, int.MaxValue);
        var before = exchange.Query("before") is { Length: > 0 } text
            ? long.TryParse(text, out var id) && id >= 0 ? id : throw ApiException.BadRequest("before must be the id of an entry")
            : long.MaxValue;
        var rows = log.Page(before, Math.Min(limit, MostOnPage), AgentOf(exchange), ActionOf(exchange));
        var (total, tip) = log.End();
        return exchange.Ok(new AuditPage([.. rows.Select(Item)], total, tip));
    }

    private async Task Verify(Exchange exchange)
    {
        var aborted = exchange.Aborted;
        await _verifying.WaitAsync(aborted);
        AuditVerdict verdict;
        try
        {
            var newest = chain.Newest;
            verdict = await Task.Run(() => verifier.Verify(newest, aborted), aborted);
        }
        finally
        {
            _verifying.Release();
        }

        await exchange.Ok(View(verdict));
    }

    private static string? AgentOf(Exchange exchange)
    {
        if (exchange.Query("agent_id") is not { Length: > 0 } text)
            return null;
        return Guid.TryParseExact(text, "D", out var id) ? id.ToString("D") : throw ApiException.BadRequest("agent_id is not a UUID");
    }

    private static string? ActionOf(Exchange exchange)
    {
        if (exchange.Query("action") is not { Length: > 0 } text)
            return null;
        return AuditWords.Find(text) ?? throw ApiException.BadRequest($"action must be one of {string.Join(", ", AuditWords.Names)}");
    }

    private static AuditItem Item(AuditRow row) => new()
    {
        Id = row.Seq,
        Seq = row.Seq,
        Timestamp = row.At,
        EventType = AuditWords.Event(row.Action),
        Action = row.Action,
        AgentId = row.AgentId,
        Details = row.Detail,
        Detail = row.Detail,
        Outcome = row.Outcome,
        Hash = row.Hash,
        PrevHash = row.PreviousHash,
    };

    private static AuditVerified View(AuditVerdict verdict) => new()
    {
        Status = verdict.BreakAt is null ? "valid" : "broken",
        Valid = verdict.BreakAt is null,
        ChainLength = verdict.Length,
        Entries = verdict.Length,
        PrunedEntries = verdict.Pruned,
        FirstEntry = Time(verdict.FirstAt),
        LastEntry = Time(verdict.LastAt),
        TipHash = Convert.ToHexStringLower(verdict.TipHash),
        BreakAt = verdict.BreakAt,
        Error = verdict.Error,
    };

    private static DateTimeOffset? Time(long? milliseconds) => milliseconds is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
}
