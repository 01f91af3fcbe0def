using Fangd.Server.Http;

namespace Fangd.Server.Approvals;

/// <summary>Several requests at once: a list of them, or all that wait in a session.</summary>
internal sealed class ApprovalBatchEndpoints(ApprovalDesk desk)
{
    private const int Most = 100;

    public void Map(RouteTable routes)
    {
        routes.Get("/api/approvals/count", exchange => exchange.Ok(new ApprovalCount(desk.CountPending()), ApprovalJson.Default.ApprovalCount));
        routes.Post("/api/approvals/batch", Batch);
        routes.Get("/api/approvals/session/{id}", OfSession);
        routes.Post("/api/approvals/session/{id}/approve_all", exchange => DecideSession(exchange, approves: true));
        routes.Post("/api/approvals/session/{id}/reject_all", exchange => DecideSession(exchange, approves: false));
    }

    private async Task Batch(Exchange exchange)
    {
        var batch = await exchange.ReadJson(ApprovalJson.Default.ApprovalBatch);
        if (batch.Ids is not { Count: > 0 and <= Most })
            throw ApiException.BadRequest($"ids must be a list of 1 to {Most} ids");
        if (batch.Decision is not ("approve" or "reject"))
            throw ApiException.BadRequest("decision must be approve or reject");
        var ids = new List<string>(batch.Ids.Count);
        foreach (var text in batch.Ids)
            ids.Add(Guid.TryParseExact(text, "D", out var id) ? id.ToString("D") : throw ApiException.BadRequest("ids must be UUIDs, all of them"));

        var approves = batch.Decision == "approve";
        var outcomes = await desk.DecideAll(ids, approves, new ApprovalAnswer(batch.TotpCode, batch.RecoveryCode, batch.Feedback), exchange.Aborted);
        var results = outcomes.ConvertAll(one => one.Error is { } error
            ? new ApprovalBatchResult(one.Id, "error", null, null, error)
            : new ApprovalBatchResult(one.Id, "ok", Word(approves), one.At, null));
        // 207, as LibreFang has it: some were decided, and some were not.
        await exchange.Json(outcomes.Exists(one => one.Error is not null) ? 207 : 200, new ApprovalBatchResults(results), ApprovalJson.Default.ApprovalBatchResults);
    }

    private Task OfSession(Exchange exchange)
    {
        var id = exchange.Id("id");
        var rows = desk.OfSession(id).ConvertAll(ApprovalEndpoints.View);
        return exchange.Ok(new SessionApprovals(id, rows, rows.Count, rows.Count > 0), ApprovalJson.Default.SessionApprovals);
    }

    private async Task DecideSession(Exchange exchange, bool approves)
    {
        var id = exchange.Id("id");
        var answer = await exchange.ReadOptionalJson(ApprovalJson.Default.SessionAnswer);
        var ids = desk.OfSession(id).ConvertAll(row => row.Id);
        if (answer?.ExpectedCount is { } count && count != ids.Count)
            throw ApiException.Conflict($"{ids.Count} requests wait in this session, not {count}: look again");
        if (answer?.ExpectedIds is { } expected && !new HashSet<string>(expected, StringComparer.OrdinalIgnoreCase).SetEquals(ids))
            throw ApiException.Conflict("other requests wait in this session than expected_ids names: look again");
        var outcomes = await desk.DecideAll(ids, approves, new ApprovalAnswer(answer?.TotpCode, answer?.RecoveryCode, answer?.Feedback), exchange.Aborted);
        await exchange.Ok(new SessionDecided(id, outcomes.FindAll(one => one.Error is null).Count, Word(approves)), ApprovalJson.Default.SessionDecided);
    }

    private static string Word(bool approves) => approves ? "approved" : "rejected";
}
