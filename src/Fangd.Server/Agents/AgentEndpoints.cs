using System.Text.Json;
using Fangd.Server.Http;
using Fangd.Server.Providers;
using Fangd.Server.Runs;
using Fangd.Server.Templates;

namespace Fangd.Server.Agents;

/// <summary>List, spawn, look at, clone and kill agents.</summary>
internal sealed class AgentEndpoints(AgentRegistry registry, AgentLifecycle lifecycle, AgentDetails details, TemplateLibrary templates, RunQueue runs, DefaultModel defaults)
{
    private readonly Func<Agent, byte[]> _encode = agent => Encode(agent, defaults);

    public void Map(RouteTable routes, long manifestLimit)
    {
        routes.Get("/api/agents", List);
        // A manifest travels inside JSON, where each of its quotes and line ends takes two characters.
        routes.Post("/api/agents", exchange => Spawn(exchange, manifestLimit)).Costs(5);
        routes.Get("/api/agents/{id}", Get);
        routes.Delete("/api/agents/{id}", Kill);
        routes.Post("/api/agents/{id}/clone", Clone).Costs(5);
    }

    private Task List(Exchange exchange)
    {
        var all = registry.All;
        var limit = exchange.QueryInt("limit", int.MaxValue, 1, 1000);
        var first = 0;
        if (exchange.Query("after") is { Length: > 0 } after)
        {
            var index = IndexOf(all.AsSpan(), after);
            first = index < 0 ? throw ApiException.BadRequest($"after: no agent has the id '{after}'") : index + 1;
        }

        exchange.Response.StatusCode = 200;
        exchange.Response.ContentType = "application/json";
        exchange.Response.Headers["X-Total-Count"] = all.Length.ToString();
        var body = exchange.Response.BodyWriter;
        body.Put("["u8);
        for (var i = first; i < all.Length && i - first < limit; i++)
        {
            if (i > first)
                body.Put(","u8);
            body.Put(all[i].Listed(_encode));
        }

        body.Put("]"u8);
        return exchange.Flush();
    }

    private async Task Spawn(Exchange exchange, long manifestLimit)
    {
        var request = await exchange.ReadElement();
        if (request.ValueKind != JsonValueKind.Object)
            throw ApiException.BadRequest("the body must be a JSON object");
        if (Text(request, "signed_manifest") is not null)
            throw ApiException.BadRequest("signed_manifest: this daemon does not verify manifest signatures yet; send manifest_toml alone");
        var manifest = ManifestOf(request);
        if (System.Text.Encoding.UTF8.GetByteCount(manifest) > manifestLimit)
            throw new ApiException(ApiFault.TooLarge, $"manifest_toml is larger than {manifestLimit} bytes");
        var agent = await lifecycle.Spawn(manifest, null, KeyOf(exchange, request));
        await exchange.Created(new SpawnedAgent(agent.Id, agent.Id, agent.Id, agent.Name, ManifestCheck.Warnings(manifest)));
    }

    /// <summary>The manifest of a request in one of its three forms: TOML, a template, or AgentOS's JSON.</summary>
    private string ManifestOf(JsonElement request)
    {
        if (Text(request, "manifest_toml") is { } toml)
            return toml;
        var name = Text(request, "name");
        if (Text(request, "template") is { } template)
        {
            var text = templates.Find(template)?.ManifestToml ?? throw ApiException.NotFound($"Template '{template}' not found");
            return name is null ? text : ManifestEdit.Set(text, ["name"], name);
        }

        return name is null
            ? throw ApiException.BadRequest("manifest_toml is missing (or template, or name with AgentOS's fields)")
            : ManifestEdit.FromAgentOs(request);
    }

    private static SpawnKey? KeyOf(Exchange exchange, JsonElement request)
    {
        var key = exchange.Request.Headers["Idempotency-Key"].ToString();
        if (key.Length == 0)
            return null;
        if (key.Length > 256)
            throw ApiException.BadRequest("Idempotency-Key is longer than 256 characters");
        var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(request.GetRawText()));
        return new SpawnKey(key, Convert.ToHexStringLower(hash));
    }

    private static string? Text(JsonElement request, string field)
    {
        if (!request.TryGetProperty(field, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw ApiException.BadRequest($"{field} must be a string");
    }

    private Task Get(Exchange exchange) => exchange.Ok(details.Of(registry.Of(exchange)));

    private async Task Clone(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var request = await exchange.ReadOptionalJson<CloneRequest>();
        if (request?.NewName is "")
            throw ApiException.BadRequest("new_name must not be empty");
        var text = ManifestEdit.Set(details.ManifestText(agent), ["name"], request?.NewName ?? lifecycle.FreeName(agent.Name));
        if (request?.Overrides is { ValueKind: JsonValueKind.Object } overrides)
            text = ManifestEdit.Apply(text, overrides, isMerge: true);
        var clone = await lifecycle.Spawn(text);
        await exchange.Created(new ClonedAgent(clone.Id, clone.Name));
    }

    private async Task Kill(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        await lifecycle.Kill(agent, runs);
        await exchange.Deleted(new AgentKilled("killed", agent.Id));
    }

    /// <summary>The agents stand in the order of their creation.</summary>
    private static int IndexOf(ReadOnlySpan<Agent> all, string id)
    {
        for (var i = 0; i < all.Length; i++)
        {
            if (all[i].Id.Equals(id, StringComparison.OrdinalIgnoreCase))
                return i;
        }

        return -1;
    }

    private static byte[] Encode(Agent agent, DefaultModel defaults)
    {
        var summary = agent.Summary;
        var model = defaults.Resolve(summary.Provider, summary.Model);
        return AnswerJson.Utf8(new AgentItem(
            agent.Id, summary.Name, summary.State, summary.Mode, summary.Profile, agent.CreatedAt, model.Provider, model.Model, summary.Description));
    }
}
