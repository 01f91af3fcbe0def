using Fangd.Protocols.A2a;
using Fangd.Server.A2a.Tasks;
using Fangd.Server.Http;
using Fangd.Server.Runs;

namespace Fangd.Server.A2a.Serving;

/// <summary>The HTTP+JSON binding of 1.0 (§11) below <c>/a2a/rest</c>, with and without the tenant in the path.</summary>
internal sealed class RestEndpoints(A2aOperations operations, PushOperations push, ExtendedCard extended, A2aAddress address, A2aSwitch isOn)
{
    public void Map(RouteTable routes)
    {
        foreach (var root in new[] { "/a2a/rest", "/a2a/rest/{tenant}" })
        {
            routes.Post($"{root}/message:send", Guarded(Send)).In(RateClass.Message).Costs(3);
            routes.Post($"{root}/message:stream", Guarded(Stream)).In(RateClass.Message).Costs(3);
            routes.Get($"{root}/tasks", Guarded(exchange => Ok(exchange, operations.List(Asked(exchange)))));
            routes.Get($"{root}/tasks/{{id}}", Guarded(exchange => Ok(exchange, operations.Get(Asked(exchange)))));
            routes.Post($"{root}/tasks/{{id}}:cancel", Guarded(async exchange => await Ok(exchange, await operations.Cancel(Asked(exchange), exchange.Aborted))));
            // The specification says GET, clients say POST.
            routes.Get($"{root}/tasks/{{id}}:subscribe", Guarded(Subscribe));
            routes.Post($"{root}/tasks/{{id}}:subscribe", Guarded(Subscribe));
            routes.Post($"{root}/tasks/{{taskId}}/pushNotificationConfigs", Guarded(CreateConfig));
            routes.Get($"{root}/tasks/{{taskId}}/pushNotificationConfigs", Guarded(exchange => Ok(exchange, push.List(Asked(exchange)))));
            routes.Get($"{root}/tasks/{{taskId}}/pushNotificationConfigs/{{id}}", Guarded(exchange => Ok(exchange, push.Get(Asked(exchange)))));
            routes.Delete($"{root}/tasks/{{taskId}}/pushNotificationConfigs/{{id}}", Guarded(async exchange => await Ok(exchange, await push.Delete(Asked(exchange)))));
            routes.Get($"{root}/extendedAgentCard", Guarded(exchange => Ok(exchange, extended.Get(Asked(exchange)))));
        }
    }

    private async Task Send(Exchange exchange) => await Ok(exchange, await operations.Send(await Told(exchange), exchange.Aborted));

    private async Task Stream(Exchange exchange) => await Stream(exchange, await operations.Open(await Told(exchange)));

    private Task Subscribe(Exchange exchange) => Stream(exchange, operations.Subscribe(Asked(exchange)));

    private async Task CreateConfig(Exchange exchange) => await Ok(exchange, await push.Create(await Told(exchange)));

    private A2aCall Asked(Exchange exchange) => new(RestParams.OfQuery(exchange), A2aVersion.V10, address.Of(exchange));

    private async Task<A2aCall> Told(Exchange exchange) => new(await RestParams.OfBody(exchange), A2aVersion.V10, address.Of(exchange));

    /// <summary>What holds for each: A2A is on, the version is one that this binding has, and refusals are told in its way.</summary>
    private RouteHandler Guarded(RouteHandler handler) => async exchange =>
    {
        isOn.Demand();
        try
        {
            if (A2aVersionHeader.Read(exchange) == A2aVersion.V03)
                throw A2aFault.Version("0.3");
            await handler(exchange);
        }
        catch (A2aFault fault) when (!exchange.Response.HasStarted)
        {
            exchange.Response.StatusCode = fault.Status;
            exchange.Response.ContentType = "application/json";
            var json = exchange.Writer();
            fault.WriteStatus(json);
            json.Flush();
            await exchange.Flush();
        }
    };

    private static Task Ok(Exchange exchange, A2aResult result)
    {
        exchange.Response.StatusCode = 200;
        exchange.Response.ContentType = "application/a2a+json";
        var json = exchange.Writer();
        result(json);
        json.Flush();
        return exchange.Flush();
    }

    private static async Task Stream(Exchange exchange, (LiveTask Task, RunSubscription Events) opened)
    {
        using var events = opened.Events;
        var sse = await SseStream.Open(exchange);
        await new TaskStream(sse, opened.Task, (json, update) => new A2aWriter(json, A2aVersion.V10).Update(update)).Tell(events, exchange.Aborted);
    }
}
