using System.Text.Json;
using Fangd.Protocols.OAuth;
using Fangd.Server.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Fangd.Server.Mcp.Authorization;

/// <summary>Asks the users of servers for their consent, and takes it.</summary>
internal sealed class McpAuthEndpoints(McpServers servers, PendingAuthorizations pending, TimeProvider time)
{
    private const string NotWaitedFor = "nothing waits for this answer: it was given already, came too late, or was never asked for; start again";

    public void Map(RouteTable routes)
    {
        routes.Post("/api/mcp/servers/{name}/auth/start", Start).Costs(5);
        routes.Get("/api/mcp/servers/{name}/auth/status", Status);
        routes.Post("/api/mcp/servers/{name}/auth/complete", Complete).Costs(5);
        routes.Post("/api/mcp/servers/{name}/auth/revoke", Revoke);
        routes.Delete("/api/mcp/servers/{name}/auth/revoke", Revoke);
        // A browser comes here that knows no key: what it brings has to fit a question that was asked.
        routes.Get("/api/mcp/servers/{name}/auth/callback", Callback).Public().Costs(5);
    }

    private async Task Start(Exchange exchange)
    {
        var (server, authorization) = Of(exchange);
        if (authorization.IsForClient)
            throw ApiException.Conflict($"MCP server '{server.Settings.Name}' authorizes by itself (client_credentials)");
        // Only the server's refusal says what to ask for.
        if (authorization.Wish is null && authorization.Grant?.AccessToken is null)
            await McpServerEndpoints.Await(await server.Start(), time, exchange.Aborted);
        if (server.State.Status == McpStatus.Ready && authorization.Grant?.AccessToken is null)
            throw ApiException.Conflict($"MCP server '{server.Settings.Name}' needs no authorization");
        try
        {
            var redirect = server.Settings.OAuth?.RedirectUrl ??
                $"http://127.0.0.1:{exchange.Http.Connection.LocalPort}/api/mcp/servers/{Uri.EscapeDataString(server.Settings.Name)}/auth/callback";
            var url = await authorization.Start(redirect, exchange.Aborted);
            exchange.Response.Headers.CacheControl = "no-store";
            await exchange.Write(200, json =>
            {
                json.WriteString("auth_url", url);
                json.WriteString("server", server.Settings.Name);
                json.WriteString("redirect_uri", redirect);
                json.WriteNumber("expires_in", PendingAuthorizations.Lifetime);
            });
        }
        catch (OAuthException failed)
        {
            throw new ApiException(ApiFault.BadGateway, $"MCP server {server.Settings.Name} cannot be authorized: {failed.Message}");
        }
    }

    private Task Status(Exchange exchange)
    {
        var server = Server(exchange);
        var (grant, wish) = (server.Authorization?.Grant, server.Authorization?.Wish);
        return exchange.Write(200, json =>
        {
            json.WriteString("server", server.Settings.Name);
            json.WriteStartObject("auth");
            json.WriteString("state", State(server, grant, wish));
            if (wish is not null)
                json.WriteString("message", wish);
            if (grant?.AccessToken is not null)
            {
                json.WriteString("issuer", grant.Issuer);
                json.WriteString("scope", grant.Scope);
                if (grant.ExpiresAt is { } end)
                    json.WriteString("expires_at", end);
            }

            json.WriteEndObject();
        });
    }

    private string State(McpConnection server, McpGrant? grant, string? wish)
    {
        if (server.Authorization is null)
            return "not_required";
        if (pending.Has(server.Settings.Name))
            return "pending_auth";
        if (wish is not null)
            return "needs_auth";
        if (grant?.AccessToken is not null)
            return "authorized";
        return server.State.Status == McpStatus.Ready ? "not_required" : "unknown";
    }

    /// <summary>For a browser that could not come back by itself: the address that it was sent to, copied by hand.</summary>
    private async Task Complete(Exchange exchange)
    {
        var answer = await exchange.ReadElement();
        var (server, authorization) = Of(exchange);
        if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("url", out var text) || text.ValueKind != JsonValueKind.String)
            throw ApiException.BadRequest("url is missing: the whole address that the browser was sent to");
        if (!Uri.TryCreate(text.GetString()!.Trim(), UriKind.Absolute, out var url) || url.Query.Length == 0)
            throw ApiException.BadRequest("url must be the whole address that the browser was sent to, with its code and state");
        var query = QueryHelpers.ParseQuery(url.Query);
        try
        {
            if (!await authorization.Complete(name => query.TryGetValue(name, out var value) ? value.ToString() : null))
                throw ApiException.BadRequest($"url: {NotWaitedFor}");
        }
        catch (OAuthException refused)
        {
            throw new ApiException(ApiFault.BadGateway, $"MCP server {server.Settings.Name} was not authorized: {refused.Message}");
        }

        var isConnected = await McpServerEndpoints.Await(await server.Start(), time, exchange.Aborted);
        await exchange.Write(200, json =>
        {
            json.WriteString("server", server.Settings.Name);
            json.WriteString("state", "authorized");
            json.WriteBoolean("connected", isConnected);
        });
    }

    private async Task Callback(Exchange exchange)
    {
        // Nobody who brings no fitting state learns which servers there are.
        if (servers.Find(exchange.Value("name")) is not { Authorization: { } authorization } server)
        {
            await McpAuthPage.Show(exchange, 400, "Not authorized", Sentence(NotWaitedFor));
            return;
        }

        try
        {
            if (!await authorization.Complete(exchange.Query))
            {
                await McpAuthPage.Show(exchange, 400, "Not authorized", Sentence(NotWaitedFor));
                return;
            }
        }
        catch (OAuthException refused)
        {
            await McpAuthPage.Show(exchange, 400, "Not authorized", Sentence(refused.Message));
            return;
        }
        catch (ApiException refused)
        {
            await McpAuthPage.Show(exchange, refused.Status, "Not authorized", Sentence(refused.Message));
            return;
        }

        await server.Start();
        await McpAuthPage.Show(exchange, 200, "Authorized", $"fangd may use {server.Settings.Name} now. You can close this page.");
    }

    private async Task Revoke(Exchange exchange)
    {
        var (server, authorization) = Of(exchange);
        if (!await authorization.Revoke())
            throw ApiException.Conflict($"MCP server '{server.Settings.Name}' has no authorization");
        await server.Start();
        await exchange.Write(200, json =>
        {
            json.WriteString("server", server.Settings.Name);
            json.WriteString("state", "revoked");
        });
    }

    private McpConnection Server(Exchange exchange) =>
        servers.Find(exchange.Value("name")) ?? throw ApiException.NotFound($"there is no MCP server '{exchange.Value("name")}'");

    private (McpConnection, McpAuthorization) Of(Exchange exchange)
    {
        var server = Server(exchange);
        return server.Authorization is { } authorization
            ? (server, authorization)
            : throw ApiException.Conflict($"MCP server '{server.Settings.Name}' has no authorization to ask for: it is a program, or its settings have a credential for it");
    }

    private static string Sentence(string text) => $"{char.ToUpperInvariant(text[0])}{text.AsSpan(1)}.";
}
