using System.Text.Json;
using Fangd.Engine.Memory;
using Fangd.Engine.Tools.Knowledge;
using Fangd.Server.Http;

namespace Fangd.Server.Memory.Graph;

/// <summary>Fields of the graph's requests and answers; a fault is a 400 that names the field.</summary>
internal static class GraphFields
{
    public static string Name(string? name, string field)
    {
        if (name is null)
            throw ApiException.BadRequest($"{field} is missing");
        return name.Trim().Length > 0 && name.Length <= KnowledgeLimits.Name && !name.Any(char.IsControl)
            ? name.Trim()
            : throw ApiException.BadRequest($"{field} must be 1 to {KnowledgeLimits.Name} characters without control characters");
    }

    public static string Type(string? type, string field) => type is null
        ? throw ApiException.BadRequest($"{field} is missing")
        : GraphTypes.Normalise(type) ?? throw ApiException.BadRequest($"{field} must be a word of 1 to 64 letters or digits");

    /// <summary>An object as text; an empty one when it is absent.</summary>
    public static string Properties(JsonElement? properties)
    {
        if (properties is not { } given || given.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return "{}";
        if (given.ValueKind != JsonValueKind.Object)
            throw ApiException.BadRequest("properties must be a JSON object");
        var text = given.GetRawText();
        return text.Length <= KnowledgeLimits.Properties
            ? text
            : throw ApiException.BadRequest($"properties must be at most {KnowledgeLimits.Properties} characters");
    }

    public static GraphQuery Query(GraphQueryRequest asked)
    {
        var depth = asked.MaxDepth ?? 1;
        if (depth is < 1 or > GraphQuery.Deepest)
            throw ApiException.BadRequest($"max_depth must be a whole number from 1 to {GraphQuery.Deepest}");
        var limit = asked.Limit ?? 100;
        if (limit is < 1 or > 100)
            throw ApiException.BadRequest("limit must be a whole number from 1 to 100");
        return new GraphQuery
        {
            Source = asked.Source is { Length: > 0 } ? asked.Source : null,
            Relation = asked.Relation is { Length: > 0 } ? Type(asked.Relation, "relation") : null,
            Target = asked.Target is { Length: > 0 } ? asked.Target : null,
            MaxDepth = depth,
            Direction = asked.Direction switch
            {
                null or "" or "outgoing" => GraphDirection.Outgoing,
                "incoming" => GraphDirection.Incoming,
                "both" => GraphDirection.Both,
                _ => throw ApiException.BadRequest("direction must be outgoing, incoming or both"),
            },
            IncludesShared = true,
            Limit = limit,
        };
    }

    /// <summary>The same from the query of a GET.</summary>
    public static GraphQueryRequest FromQuery(Exchange exchange) => new(
        exchange.Query("agent_id"), exchange.Query("source"), exchange.Query("relation"), exchange.Query("target"),
        exchange.QueryInt("max_depth", 1, 1, GraphQuery.Deepest), exchange.Query("direction"), exchange.QueryInt("limit", 100, 1, 100));

    public static EntityView View(GraphEntity entity) =>
        new(entity.Id, entity.AgentId, entity.Type, entity.Name, Json(entity.Properties), entity.CreatedAt, entity.UpdatedAt);

    public static RelationView View(GraphRelation relation) => new(
        relation.Id, relation.AgentId, View(relation.Source), relation.Type, View(relation.Target), Json(relation.Properties), relation.Confidence, relation.CreatedAt);

    private static JsonElement Json(string text) => JsonValues.Parse(text);
}
