using System.Text;
using System.Text.Json;
using Fangd.Server.Agents;
using Fangd.Server.Http;

namespace Fangd.Server.Memory;

/// <summary>The key-value pairs of an agent; the tools <c>memory_store</c> and <c>memory_recall</c> see the same ones.</summary>
internal sealed class MemoryEndpoints(AgentRegistry registry, KeyValueStore store)
{
    private const int MostListed = 10_000;
    private const int LongestKey = 512;

    public void Map(RouteTable routes)
    {
        routes.Get("/api/memory/agents/{id}/kv", List);
        routes.Get("/api/memory/agents/{id}/kv/{key}", Get);
        routes.Put("/api/memory/agents/{id}/kv/{key}", Put);
        routes.Delete("/api/memory/agents/{id}/kv/{key}", Delete);
    }

    private Task List(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var pairs = store.Page(agent.Id, exchange.Query("after") ?? "", exchange.QueryInt("limit", MostListed, 1, MostListed));
        var json = Begin(exchange);
        json.WriteStartArray("kv_pairs");
        foreach (var (key, value) in pairs)
        {
            json.WriteStartObject();
            Pair(json, key, value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return End(exchange, json);
    }

    private Task Get(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var key = exchange.Value("key");
        var value = store.Find(agent.Id, key) ?? throw Missing(key);
        var json = Begin(exchange);
        Pair(json, key, Encoding.UTF8.GetBytes(value));
        return End(exchange, json);
    }

    private async Task Put(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var key = exchange.Value("key");
        if (key.Length is 0 or > LongestKey || key.Any(char.IsControl))
            throw ApiException.BadRequest($"key must be 1 to {LongestKey} characters without control characters");
        var value = (await exchange.ReadJson<KeyValueRequest>()).Value;
        if (value.ValueKind == JsonValueKind.Undefined)
            throw ApiException.BadRequest("value is missing");
        await store.Set(agent.Id, key, value.GetRawText(), exchange.Aborted);
        await exchange.Ok(new KeyValueChanged("stored", key));
    }

    private async Task Delete(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var key = exchange.Value("key");
        if (!await store.Delete(agent.Id, key))
            throw Missing(key);
        await exchange.Deleted(new KeyValueChanged("deleted", key));
    }

    private static ApiException Missing(string key) => ApiException.NotFound($"Key '{key}' not found");

    private static Utf8JsonWriter Begin(Exchange exchange)
    {
        exchange.Response.StatusCode = 200;
        exchange.Response.ContentType = "application/json";
        var json = exchange.Writer();
        json.WriteStartObject();
        return json;
    }

    private static void Pair(Utf8JsonWriter json, string key, byte[] value)
    {
        json.WriteString("key", key);
        json.WritePropertyName("value");
        json.WriteRawValue(value, skipInputValidation: true);
    }

    private static Task End(Exchange exchange, Utf8JsonWriter json)
    {
        json.WriteEndObject();
        json.Flush();
        return exchange.Flush();
    }
}
