using System.Net;
using Fangd.Server.Audit;
using Fangd.Server.Metrics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Http;

/// <summary>
/// What every request passes, in this order: request id and security headers, dialect (a property of the connection), CORS, route look-up,
/// body limit, rate limit, authentication, handler; whatever is thrown on the way becomes an error body.
/// </summary>
internal sealed partial class HttpPipeline(
    RouteTable routes,
    Authenticator authenticator,
    CorsPolicy cors,
    ClientAddress clients,
    HttpMeter meter,
    PipelineContext context) : IHttpApplication<Exchange>
{
    private const string ContentSecurityPolicy =
        "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private readonly ILogger _log = context.Log;

    public Exchange CreateContext(IFeatureCollection contextFeatures)
    {
        var host = contextFeatures as IHostContextContainer<Exchange>;
        var exchange = host?.HostContext;
        if (exchange is null)
        {
            exchange = new Exchange();
            if (host is not null)
                host.HostContext = exchange;
        }

        exchange.Begin(contextFeatures);
        return exchange;
    }

    public void DisposeContext(Exchange context, Exception? exception) => context.End();

    public async Task ProcessRequestAsync(Exchange exchange)
    {
        exchange.StartedAt = context.Time.GetTimestamp();
        meter.Begin();
        try
        {
            await Answer(exchange);
        }
        catch (OperationCanceledException) when (exchange.Aborted.IsCancellationRequested)
        {
            // The client left; there is nobody to answer.
            meter.ClientLeft();
        }
        catch (ApiException refusal)
        {
            await Refuse(exchange, refusal.Status, refusal.Message, refusal.RetryAfter, refusal.Code);
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException bad)
        {
            await Refuse(exchange, bad.StatusCode, bad.StatusCode == 413 ? RequestBody.TooLarge(exchange.BodyLimit).Message : "the request is malformed", null);
        }
        catch (ConnectionResetException)
        {
            meter.ClientLeft();
        }
        catch (Exception bug)
        {
            Failed(exchange.Request.Method, exchange.Route?.Pattern ?? "no route", exchange.Http.TraceIdentifier, bug);
            context.Health.CountPanic();
            await Refuse(exchange, 500, "internal error", null);
        }
        finally
        {
            var elapsed = context.Time.GetElapsedTime(exchange.StartedAt);
            meter.End(exchange.Route, exchange.Response.StatusCode, elapsed);
            Answered(exchange.Request.Method, exchange.Route?.Pattern ?? "no route", exchange.Response.StatusCode, elapsed.TotalMilliseconds);
        }
    }

    private Task Answer(Exchange exchange)
    {
        SetHeaders(exchange);
        if (cors.Apply(exchange.Http, exchange.Dialect))
        {
            exchange.Response.StatusCode = 204;
            return Task.CompletedTask;
        }

        var isKnown = routes.TryFind(exchange.RawPath, exchange.RouteValues, out var place);
        var route = exchange.Route = isKnown ? place!.For(exchange.Request.Method) : null;
        exchange.BodyLimit = route?.BodyLimit ?? context.MaxBodyBytes;
        if (exchange.Request.ContentLength > exchange.BodyLimit)
            return ErrorResponses.Write(exchange, 413, RequestBody.TooLarge(exchange.BodyLimit).Message);
        exchange.Client = clients.Of(exchange.Http);
        if (exchange.Listener.Take(exchange.Client, route) is { } verdict && !Passes(exchange, verdict))
            return ErrorResponses.Write(exchange, 429, "Rate limit exceeded", TimeSpan.FromSeconds(verdict.RetryAfterSeconds), "rate_limit_exceeded");
        if (authenticator.Refusal(exchange.Http, route ?? (isKnown ? place!.For("GET") : null)) is { } refusal)
        {
            context.Attempts?.Refused(exchange.Client, refusal.Message);
            return ErrorResponses.Write(exchange, refusal.Status, refusal.Message, null, refusal.Status == 401 ? "invalid_api_key" : null);
        }

        if (authenticator.IsKeySet && route is { Access: RouteAccess.Key })
            context.Attempts?.Passed(exchange.Client);
        if (route is not null)
        {
            return context.Health.IsStopping && route.Class is RateClass.Message
                ? ErrorResponses.Write(exchange, 503, "the daemon is shutting down", TimeSpan.FromSeconds(5))
                : route.Handler(exchange);
        }

        if (!isKnown)
            return ErrorResponses.Write(exchange, 404, $"no such path: {exchange.Request.Method} {WebUtility.UrlDecode(exchange.RawPath.ToString())}");
        exchange.Response.Headers.Allow = place!.Allow;
        if (exchange.Request.Method == "OPTIONS")
        {
            exchange.Response.StatusCode = 204;
            return Task.CompletedTask;
        }

        return ErrorResponses.Write(exchange, 405, $"{exchange.Request.Method} is not allowed here; allowed: {place.Allow}");
    }

    private void SetHeaders(Exchange exchange)
    {
        var incoming = exchange.Request.Headers["X-Request-Id"].ToString();
        var id = Guid.TryParseExact(incoming, "D", out var valid) ? valid.ToString("D") : context.NewId();
        exchange.Http.TraceIdentifier = id;
        var headers = exchange.Response.Headers;
        headers["X-Request-Id"] = id;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XFrameOptions = "DENY";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.StrictTransportSecurity = "max-age=63072000; includeSubDomains";
        if (exchange.Dialect.SendsXssProtection)
            headers.XXSSProtection = "1; mode=block";
    }

    private static bool Passes(Exchange exchange, RateVerdict verdict)
    {
        var headers = exchange.Response.Headers;
        headers["X-RateLimit-Limit"] = verdict.Limit.ToString();
        headers["X-RateLimit-Remaining"] = verdict.Remaining.ToString();
        headers["X-RateLimit-Reset"] = verdict.ResetSeconds.ToString();
        return verdict.IsAllowed;
    }

    private async Task Refuse(Exchange exchange, int status, string message, TimeSpan? retryAfter, string? code = null)
    {
        try
        {
            await ErrorResponses.Write(exchange, status, message, retryAfter, code);
        }
        catch (OperationCanceledException)
        {
            meter.ClientLeft();
        }
        catch (IOException)
        {
            meter.ClientLeft();
        }
    }

    [LoggerMessage(LogLevel.Error, "{Method} {Route} failed (request {RequestId}).")]
    private partial void Failed(string method, string route, string requestId, Exception bug);

    [LoggerMessage(LogLevel.Information, "{Method} {Route} answered {Status} in {Milliseconds:0.0} ms.")]
    private partial void Answered(string method, string route, int status, double milliseconds);
}

/// <summary>What the pipeline shares with the rest of the daemon.</summary>
internal sealed record PipelineContext(TimeProvider Time, Func<string> NewId, Health.DaemonHealth Health, ILogger Log, long MaxBodyBytes)
{
    /// <summary>Takes down who was let in and who was not; null for nobody.</summary>
    public AuthAttempts? Attempts { get; init; }
}
