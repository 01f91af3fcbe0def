using Fangd.Engine.Approvals;
using Fangd.Engine.Tools;
using Fangd.Server.Agents;
using Fangd.Server.Http;

namespace Fangd.Server.Approvals;

/// <summary>The requests that wait for a person, made by calls at the gate or over the API, and the decisions about them.</summary>
internal sealed class ApprovalEndpoints(ApprovalDesk desk, ApprovalStore store, AgentRegistry registry, ToolGate gate, ApprovalContext context)
{
    private const int LongestTool = 64;
    private const int LongestSummary = 512;
    private const int LongestPayload = 64 * 1024;

    public void Map(RouteTable routes)
    {
        routes.Get("/api/approvals", List);
        routes.Post("/api/approvals", Create);
        routes.Get("/api/approvals/{id}", Get);
        routes.Post("/api/approvals/{id}/approve", Approve);
        routes.Post("/api/approvals/{id}/reject", Reject);
        routes.Post("/api/approvals/{id}/modify", Modify);
    }

    private Task List(Exchange exchange)
    {
        var wanted = exchange.Query("status");
        if (wanted is not (null or "pending" or "approved" or "rejected" or "expired"))
            throw ApiException.BadRequest("status must be pending, approved, rejected or expired");
        var rows = desk.List().Where(row => wanted is null || ApprovalWords.Of(row.Status) == wanted).Select(View).ToList();
        return exchange.Ok(new ApprovalViews(rows, rows.Count));
    }

    private async Task Create(Exchange exchange)
    {
        var row = Row(await exchange.ReadJson<ApprovalRequest>());
        if (!await store.Add(row))
            throw new ApiException(ApiFault.TooManyRequests, $"{ApprovalStore.MostPending} requests of this agent wait already", TimeSpan.FromSeconds(row.TimeoutSecs));
        await exchange.Created(new ApprovalCreated(row.Id, "pending"));
    }

    private Task Get(Exchange exchange) => exchange.Ok(View(desk.Of(exchange.Id("id"))));

    private async Task Approve(Exchange exchange)
    {
        var id = exchange.Id("id");
        var answer = await exchange.ReadOptionalJson<ApprovalAnswer>();
        var at = await desk.Approve(id, answer?.Code, ApprovalDesk.Api, exchange.Aborted);
        await exchange.Ok(new ApprovalDecidedView(id, "approved", at));
    }

    private async Task Reject(Exchange exchange)
    {
        var id = exchange.Id("id");
        var answer = await exchange.ReadOptionalJson<ApprovalAnswer>();
        var at = await desk.Reject(id, answer?.Feedback, ApprovalDesk.Api);
        await exchange.Ok(new ApprovalDecidedView(id, "rejected", at));
    }

    private async Task Modify(Exchange exchange)
    {
        var id = exchange.Id("id");
        var at = await desk.SendBack(id, (await exchange.ReadJson<ApprovalAnswer>()).Feedback, ApprovalDesk.Api);
        await exchange.Ok(new ApprovalDecidedView(id, "modified", at));
    }

    private ApprovalRow Row(ApprovalRequest request)
    {
        if (string.IsNullOrEmpty(request.AgentId))
            throw ApiException.BadRequest("agent_id is missing");
        if (!Guid.TryParseExact(request.AgentId, "D", out var uuid))
            throw ApiException.BadRequest("agent_id is not a UUID");
        var tool = request.ToolName ?? request.Action;
        if (string.IsNullOrEmpty(tool))
            throw ApiException.BadRequest("tool_name (or action) is missing");
        if (tool.Length > LongestTool || !tool.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            throw ApiException.BadRequest($"tool_name must be at most {LongestTool} letters, digits, '_' and '-'");
        var (description, summary) = (request.Description ?? tool, request.ActionSummary ?? tool);
        if (description.Length > CallText.MostDescription)
            throw ApiException.BadRequest($"description must be at most {CallText.MostDescription} characters");
        if (summary.Length > LongestSummary)
            throw ApiException.BadRequest($"action_summary must be at most {LongestSummary} characters");
        if (request.TimeoutSecs is < 10 or > 300)
            throw ApiException.BadRequest("timeout_secs must be a whole number from 10 to 300");
        var payload = request.Payload?.GetRawText();
        if (payload?.Length > LongestPayload)
            throw new ApiException(ApiFault.TooLarge, $"payload is larger than {LongestPayload} characters");
        var agent = registry.Find(uuid.ToString("D")) ?? throw ApiException.NotFound($"Agent '{request.AgentId}' not found");

        var now = DateTimeOffset.FromUnixTimeMilliseconds(context.Time.GetUtcNow().ToUnixTimeMilliseconds());
        var timeout = request.TimeoutSecs ?? (int)context.Rules.Timeout.TotalSeconds;
        return new ApprovalRow
        {
            Id = context.NewId(),
            AgentId = agent.Id,
            AgentName = agent.Name,
            ToolName = tool,
            Description = description,
            ActionSummary = summary,
            Payload = payload,
            // What no tool of ours does is somebody else's doing, and as risky as they think it is to ask.
            Risk = gate.Catalog.Find(tool)?.Spec.Risk ?? ToolRisk.High,
            RequestedAt = now,
            TimeoutSecs = timeout,
            ExpiresAt = now.AddSeconds(timeout),
        };
    }

    public static ApprovalView View(ApprovalRow row) => new()
    {
        Id = row.Id,
        AgentId = row.AgentId,
        AgentName = row.AgentName,
        ToolName = row.ToolName,
        Description = row.Description,
        ActionSummary = row.ActionSummary,
        RiskLevel = ApprovalWords.Of(row.Risk),
        RequestedAt = row.RequestedAt,
        TimeoutSecs = row.TimeoutSecs,
        Status = ApprovalWords.Of(row.Status),
        SessionId = row.Call?.SessionId,
        EscalationCount = row.Escalations > 0 ? row.Escalations : null,
        Payload = row.Payload is { } payload ? JsonValues.Parse(payload) : null,
        DecidedAt = row.DecidedAt,
        DecidedBy = row.DecidedBy,
        Feedback = row.Feedback,
        Reason = row.Reason,
    };
}
