using Fangd.Engine.Turns;
using Fangd.Server.Http;
using Fangd.Server.Runs;

namespace Fangd.Server.Agents;

/// <summary>Messages to an agent: answered in one piece or as a stream of events; and stopping what runs.</summary>
internal sealed class AgentMessageEndpoints(AgentRegistry registry, RunQueue runs, MessageInput input)
{
    public void Map(RouteTable routes)
    {
        routes.Post("/api/agents/{id}/message", Message).In(RateClass.Message).Costs(3);
        routes.Post("/api/agents/{id}/message/stream", Stream).In(RateClass.Message).Costs(3);
        routes.Post("/api/agents/{id}/stop", Stop);
    }

    private async Task Message(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var request = await input.Request(agent, await exchange.ReadJson<MessageRequest>(), "message", exchange.Aborted);
        var run = runs.Start(request);
        var result = await Result(run);
        var usage = result.Usage;
        await exchange.Ok(
            new MessageAnswer(
                result.Text,
                result.Text,
                usage.Input,
                usage.Output,
                result.Iterations,
                result.CostUsd,
                result.Model,
                run.Session!.Id,
                new MessageUsage(usage.Input, usage.Output, usage.Total, usage.Input, usage.Output),
                result.IsSilent ? true : null,
                run.BudgetWarning));
    }

    private async Task Stream(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var request = await input.Request(agent, await exchange.ReadJson<MessageRequest>(), "stream", exchange.Aborted);
        RunSubscription? subscribed = null;
        var run = runs.Start(request, started => subscribed = started.Subscribe(SseStream.KeepAlive));
        using var events = subscribed!;
        var sse = await SseStream.Open(exchange);
        var writer = new MessageStream(sse, exchange.Dialect, run);
        while (!writer.IsEnded)
        {
            var happened = await events.Next(exchange.Aborted);
            await writer.Write(happened, events.IsCutOff);
        }
    }

    private Task Stop(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var stopped = runs.StopAgent(agent.Id);
        return exchange.Ok(
            stopped > 0
                ? new RunsStopped("stopped", stopped == 1 ? "Agent run cancelled" : $"{stopped} agent runs cancelled")
                : new RunsStopped("ok", "No active run"));
    }

    private static async Task<TurnResult> Result(Run run)
    {
        try
        {
            return await run.Done;
        }
        catch (TurnException failure)
        {
            throw RunFailure.Of(failure);
        }
    }
}
