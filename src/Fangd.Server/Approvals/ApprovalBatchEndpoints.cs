using System.Text.Json;
using Fangd.Server.Http;

namespace Fangd.Server.Approvals;

/// <summary>
/// Several requests at once: a list of them, or all that wait in a session. Their answers are written by hand: each record that a serializer
/// knows adds 8 KB to the binary.
/// </summary>
internal sealed class ApprovalBatchEndpoints(ApprovalDesk desk)
{
    private const int Most = 100;

    public void Map(RouteTable routes)
    {
        routes.Get("/api/approvals/count", exchange => exchange.Write(200, json => json.WriteNumber("pending", desk.CountPending())));
        routes.Post("/api/approvals/batch", Batch);
        routes.Get("/api/approvals/session/{id}", OfSession);
        routes.Post("/api/approvals/session/{id}/approve_all", exchange => DecideSession(exchange, approves: true));
        routes.Post("/api/approvals/session/{id}/reject_all", exchange => DecideSession(exchange, approves: false));
    }

    private async Task Batch(Exchange exchange)
    {
        var batch = await exchange.ReadJson<ApprovalAnswer>();
        if (batch.Ids is not { Count: > 0 and <= Most })
            throw ApiException.BadRequest($"ids must be a list of 1 to {Most} ids");
        if (batch.Decision is not ("approve" or "reject"))
            throw ApiException.BadRequest("decision must be approve or reject");
        var ids = new List<string>(batch.Ids.Count);
        foreach (var text in batch.Ids)
            ids.Add(Guid.TryParseExact(text, "D", out var id) ? id.ToString("D") : throw ApiException.BadRequest("ids must be UUIDs, all of them"));

        var approves = batch.Decision == "approve";
        var outcomes = await desk.DecideAll(ids, approves, batch, exchange.Aborted);
        // 207, as LibreFang has it: some were decided, and some were not.
        await exchange.Write(outcomes.Exists(one => one.Error is not null) ? 207 : 200, json =>
        {
            json.WriteStartArray("results");
            foreach (var one in outcomes)
                Write(json, one, approves);
            json.WriteEndArray();
        });
    }

    private Task OfSession(Exchange exchange)
    {
        var id = exchange.Id("id");
        var rows = desk.OfSession(id);
        return exchange.Write(200, json =>
        {
            json.WriteString("session_id", id);
            json.WriteStartArray("pending");
            foreach (var row in rows)
                ApprovalEndpoints.View(row).WriteTo(json);
            json.WriteEndArray();
            json.WriteNumber("count", rows.Count);
            json.WriteBoolean("has_pending", rows.Count > 0);
        });
    }

    private async Task DecideSession(Exchange exchange, bool approves)
    {
        var id = exchange.Id("id");
        var answer = await exchange.ReadOptionalJson<ApprovalAnswer>();
        var ids = desk.OfSession(id).ConvertAll(row => row.Id);
        if (answer?.ExpectedCount is { } count && count != ids.Count)
            throw ApiException.Conflict($"{ids.Count} requests wait in this session, not {count}: look again");
        if (answer?.ExpectedIds is { } expected && !new HashSet<string>(expected, StringComparer.OrdinalIgnoreCase).SetEquals(ids))
            throw ApiException.Conflict("other requests wait in this session than expected_ids names: look again");
        var outcomes = await desk.DecideAll(ids, approves, answer, exchange.Aborted);
        await exchange.Write(200, json =>
        {
            json.WriteString("session_id", id);
            json.WriteNumber("resolved", outcomes.FindAll(one => one.Error is null).Count);
            json.WriteString("decision", Word(approves));
        });
    }

    private static void Write(Utf8JsonWriter json, ApprovalOutcome outcome, bool approves)
    {
        json.WriteStartObject();
        json.WriteString("id", outcome.Id);
        json.WriteString("status", outcome.Error is null ? "ok" : "error");
        if (outcome.Error is { } error)
        {
            json.WriteString("message", error);
        }
        else
        {
            json.WriteString("decision", Word(approves));
            json.WriteString("decided_at", outcome.At!.Value);
        }

        json.WriteEndObject();
    }

    private static string Word(bool approves) => approves ? "approved" : "rejected";
}
