using Fangd.Engine.Context;
using Fangd.Protocols.Llm;
using Fangd.Server.Http;
using Fangd.Server.OpenAiCompat;

namespace Fangd.Server.AnthropicCompat;

/// <summary>The door for clients of Anthropic's Messages API. Each agent is a model.</summary>
internal sealed class MessagesEndpoints(ModelNames names, ChatSessions sessions, DoorRuns runs, Func<string> newId)
{
    public void Map(RouteTable routes)
    {
        routes.Post("/v1/messages", Create).In(RateClass.Message).Costs(3);
        routes.Post("/v1/messages/count_tokens", Count);
    }

    private async Task Create(Exchange exchange)
    {
        var request = MessagesRequestReader.Read(await exchange.ReadElement(), needsLimit: true);
        var agent = names.Resolve(request.Model);
        var (session, messages) = await sessions.Of(exchange, agent, request);
        var wanted = request.ToRun(agent, session, messages, "anthropic");
        var head = new MessageHead("msg_" + newId().Replace("-", ""), agent.Name);
        if (request.Stream)
        {
            await runs.Stream(exchange, wanted, sse => new MessagesStream(sse, head));
            return;
        }

        var result = await runs.Answer(exchange, wanted);
        exchange.Response.StatusCode = 200;
        exchange.Response.ContentType = "application/json";
        var json = exchange.Writer();
        MessageBody.Write(json, head, result);
        json.Flush();
        await exchange.Flush();
    }

    /// <summary>An estimate, as for models that have no counter: clients ask before they send, to know when to compact.</summary>
    private async Task Count(Exchange exchange)
    {
        var request = MessagesRequestReader.Read(await exchange.ReadElement(), needsLimit: false);
        List<LlmMessage> all = [.. request.System.Select(LlmMessage.System), .. request.Messages];
        await exchange.Ok(new TokenCount(ContextBudget.Tokens(all, request.Tools)));
    }
}

/// <summary>What names one answer.</summary>
internal sealed record MessageHead(string Id, string Model);
