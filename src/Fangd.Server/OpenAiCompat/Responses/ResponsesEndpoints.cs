using System.Text;
using System.Text.Json;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Server.Agents;
using Fangd.Server.Http;

namespace Fangd.Server.OpenAiCompat.Responses;

/// <summary>The door for clients of OpenAI's Responses API. Each agent is a model.</summary>
internal sealed class ResponsesEndpoints(ModelNames names, ChatSessions sessions, DoorRuns runs, ResponseStore store, Foundation on)
{
    public void Map(RouteTable routes)
    {
        routes.Post("/v1/responses", Create).In(RateClass.Message).Costs(3);
        routes.Get("/v1/responses/{id}", Get);
        routes.Delete("/v1/responses/{id}", Delete);
    }

    private async Task Create(Exchange exchange)
    {
        var request = ResponseRequestReader.Read(await exchange.ReadElement());
        var agent = names.Resolve(request.Chat.Model);
        var (session, messages) = await Conversation(exchange, agent, request);
        var wanted = request.Chat.ToRun(agent, session, messages, "responses");
        var body = new ResponseBody(request, "resp_" + on.NewId().Replace("-", ""), agent.Name, on.Time.GetUtcNow().ToUnixTimeSeconds());
        Task Keep(TurnResult result) => request.IsStored ? Store(body, agent, request, result) : Task.CompletedTask;
        if (request.Chat.Stream)
        {
            await runs.Stream(exchange, wanted, sse => new ResponseStream(sse, body, Keep));
            return;
        }

        var result = await runs.Answer(exchange, wanted);
        await Keep(result);
        exchange.Response.StatusCode = 200;
        exchange.Response.ContentType = "application/json";
        var json = exchange.Writer();
        body.Write(json, result);
        json.Flush();
        await exchange.Flush();
    }

    private async ValueTask<(Sessions.SessionRef? Session, IReadOnlyList<LlmMessage> Messages)> Conversation(Exchange exchange, Agent agent, ResponseRequest request)
    {
        if (request.PreviousId is not { } previous)
            return await sessions.Of(exchange, agent, request.Chat);
        var before = store.Conversation(agent.Id, previous)
            ?? throw new ApiException(ApiFault.BadRequest, $"previous_response_id: no response '{previous}' of this agent is kept", null, "previous_response_not_found");
        return (null, [.. before, .. request.Chat.Messages]);
    }

    private async Task Store(ResponseBody body, Agent agent, ResponseRequest request, TurnResult result)
    {
        using var buffer = new MemoryStream();
        await using (var json = new Utf8JsonWriter(buffer, JsonShape.WriterOptions))
            body.Write(json, result);
        var parts = new List<LlmPart>();
        if (result.Text.Length > 0)
            parts.Add(new LlmText(result.Text));
        parts.AddRange(result.ClientCalls);
        await store.Add(body.Id, agent.Id, request.PreviousId, [.. request.Chat.Messages, new LlmMessage(LlmRole.Assistant, parts)], Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

    private Task Get(Exchange exchange) => exchange.Bytes(200, "application/json", store.Find(exchange.Value("id")) ?? throw Missing(exchange));

    private async Task Delete(Exchange exchange)
    {
        if (!await store.Delete(exchange.Value("id")))
            throw Missing(exchange);
        await exchange.Ok(new ResponseDeleted(exchange.Value("id"), "response", true));
    }

    private static ApiException Missing(Exchange exchange) => ApiException.NotFound($"Response '{exchange.Value("id")}' not found");
}
