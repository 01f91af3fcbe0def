using System.Text.Json;
using System.Text.Unicode;
using Fangd.Protocols.A2a;
using Fangd.Server.A2a.Tasks;
using Fangd.Server.Http;
using Fangd.Server.Runs;

namespace Fangd.Server.A2a.Serving;

/// <summary>
/// The JSON-RPC binding of both versions at <c>POST /a2a</c>: the name of the method tells which (1.0 writes <c>SendMessage</c>, 0.3
/// <c>message/send</c>), because clients of 0.3 send no version.
/// </summary>
internal sealed class RpcEndpoint(A2aOperations operations, PushOperations push, ExtendedCard extended, A2aAddress address, A2aSwitch isOn)
{
    private const int Depth = 64;

    public void Map(RouteTable routes) => routes.Post("/a2a", Post).In(RateClass.Message).Costs(3);

    private async Task Post(Exchange exchange)
    {
        isOn.Demand();
        using var body = await RequestBody.Read(exchange);
        if (body.Length == 0)
            throw ApiException.BadRequest("the body is empty: a JSON object is expected");
        JsonDocument document;
        try
        {
            document = Parse(body);
        }
        catch (A2aFault fault)
        {
            await Refuse(exchange, default, fault, 400);
            return;
        }

        using (document)
            await Answer(exchange, document.RootElement);
    }

    private async Task Answer(Exchange exchange, JsonElement request)
    {
        JsonElement id = default;
        try
        {
            if (request.ValueKind != JsonValueKind.Object)
                throw A2aFault.Request("A request is a JSON object");
            if (request.TryGetProperty("id", out var named))
                id = named.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.Null ? named : throw A2aFault.Request("id must be a string, a number or null");
            if (!request.TryGetProperty("jsonrpc", out var version) || version.ValueKind != JsonValueKind.String || !version.ValueEquals("2.0"))
                throw A2aFault.Request("jsonrpc must be \"2.0\"");
            if (!request.TryGetProperty("method", out var method) || method.ValueKind != JsonValueKind.String)
                throw A2aFault.Request("method must be a string");
            _ = A2aVersionHeader.Read(exchange);
            await Answer(exchange, id, method.GetString()!, Params(request));
        }
        catch (A2aFault fault) when (!exchange.Response.HasStarted)
        {
            await Refuse(exchange, id, fault, 200);
        }
        catch (ApiException refusal) when (!exchange.Response.HasStarted && refusal.Fault is ApiFault.BadRequest or ApiFault.TooLarge or ApiFault.Conflict)
        {
            await Refuse(exchange, id, A2aFault.Params(refusal.Message), 200);
        }
    }

    private async Task Answer(Exchange exchange, JsonElement id, string method, JsonElement parameters)
    {
        var version = method.Contains('/') ? A2aVersion.V03 : A2aVersion.V10;
        var call = new A2aCall(parameters, version, address.Of(exchange));
        switch (method)
        {
            case "SendMessage" or "message/send":
                await Ok(exchange, id, await operations.Send(call, exchange.Aborted));
                break;
            case "SendStreamingMessage" or "message/stream":
                await Stream(exchange, id, version, await operations.Open(call));
                break;
            case "SubscribeToTask" or "tasks/resubscribe":
                await Stream(exchange, id, version, operations.Subscribe(call));
                break;
            case "GetTask" or "tasks/get":
                await Ok(exchange, id, operations.Get(call));
                break;
            case "ListTasks":
                await Ok(exchange, id, operations.List(call));
                break;
            case "CancelTask" or "tasks/cancel":
                await Ok(exchange, id, await operations.Cancel(call, exchange.Aborted));
                break;
            case "CreateTaskPushNotificationConfig" or "tasks/pushNotificationConfig/set":
                await Ok(exchange, id, await push.Create(call));
                break;
            case "GetTaskPushNotificationConfig" or "tasks/pushNotificationConfig/get":
                await Ok(exchange, id, push.Get(call));
                break;
            case "ListTaskPushNotificationConfigs" or "tasks/pushNotificationConfig/list":
                await Ok(exchange, id, push.List(call));
                break;
            case "DeleteTaskPushNotificationConfig" or "tasks/pushNotificationConfig/delete":
                await Ok(exchange, id, await push.Delete(call));
                break;
            case "GetExtendedAgentCard" or "agent/getAuthenticatedExtendedCard":
                await Ok(exchange, id, extended.Get(call));
                break;
            default:
                throw A2aFault.Method(method.Length <= 64 ? method : method[..64]);
        }
    }

    private static async Task Stream(Exchange exchange, JsonElement id, A2aVersion version, (LiveTask Task, RunSubscription Events) opened)
    {
        using var events = opened.Events;
        var sse = await SseStream.Open(exchange);
        await new TaskStream(sse, opened.Task, (json, update) =>
        {
            Begin(json, id);
            json.WritePropertyName("result");
            new A2aWriter(json, version).Update(update);
            json.WriteEndObject();
        }).Tell(events, exchange.Aborted);
    }

    private static Task Ok(Exchange exchange, JsonElement id, A2aResult result) => Write(exchange, 200, json =>
    {
        Begin(json, id);
        json.WritePropertyName("result");
        result(json);
        json.WriteEndObject();
    });

    private static Task Refuse(Exchange exchange, JsonElement id, A2aFault fault, int status) => Write(exchange, status, json =>
    {
        Begin(json, id);
        json.WritePropertyName("error");
        fault.WriteRpc(json);
        json.WriteEndObject();
    });

    private static Task Write(Exchange exchange, int status, A2aResult write)
    {
        exchange.Response.StatusCode = status;
        exchange.Response.ContentType = "application/json";
        var json = exchange.Writer();
        write(json);
        json.Flush();
        return exchange.Flush();
    }

    private static void Begin(Utf8JsonWriter json, JsonElement id)
    {
        json.WriteStartObject();
        json.WriteString("jsonrpc", "2.0");
        json.WritePropertyName("id");
        if (id.ValueKind == JsonValueKind.Undefined)
            json.WriteNullValue();
        else
            id.WriteTo(json);
    }

    private static JsonDocument Parse(RequestBody body)
    {
        if (!Utf8.IsValid(body.Span))
            throw A2aFault.Parse("the body is not UTF-8");
        if (JsonShape.HasHalfCharacter(body.Span))
            throw A2aFault.Parse("the body is not text: a \\u escape stands for half a character");
        try
        {
            return JsonDocument.Parse(body.Memory, new JsonDocumentOptions { MaxDepth = Depth });
        }
        catch (JsonException wrong)
        {
            throw A2aFault.Parse(JsonShape.Explain(wrong));
        }
    }

    private static JsonElement Params(JsonElement request)
    {
        if (!request.TryGetProperty("params", out var parameters) || parameters.ValueKind == JsonValueKind.Null)
            return RestParams.None;
        return parameters.ValueKind == JsonValueKind.Object ? parameters : throw A2aFault.Params("params must be an object");
    }
}
