using System.Text.Json;

namespace Fangd.Protocols.A2a;

/// <summary>An agent card, as much of it as a client needs.</summary>
public sealed record A2aCard
{
    public required string Name { get; init; }

    public required string Description { get; init; }

    /// <summary>The ids of the skills.</summary>
    public required IReadOnlyList<string> Skills { get; init; }

    /// <summary>What the card offers, the preferred one first. A card from before 0.3 does not say what its address speaks: then it may be 0.3.</summary>
    public required IReadOnlyList<A2aInterface> Interfaces { get; init; }

    public required bool Streams { get; init; }

    /// <summary>Reads a card of 1.0, of 0.3 or of the protocol's ancestors. Throws <see cref="A2aFault"/>.</summary>
    public static A2aCard Read(JsonElement card)
    {
        if (card.ValueKind != JsonValueKind.Object)
            throw A2aFault.Params("the card must be an object");
        var capabilities = A2aReader.Object(card, "capabilities");
        return new A2aCard
        {
            Name = A2aReader.Text(card, "name") ?? throw A2aFault.Params("name is missing"),
            Description = A2aReader.Text(card, "description") ?? "",
            Skills = [.. Objects(card, "skills").Select(skill => A2aReader.Text(skill, "id") ?? A2aReader.Text(skill, "name") ?? "").Where(id => id.Length > 0)],
            Interfaces = ReadInterfaces(card),
            Streams = capabilities.ValueKind == JsonValueKind.Object && A2aReader.Flag(capabilities, "streaming") == true,
        };
    }

    private static List<A2aInterface> ReadInterfaces(JsonElement card)
    {
        var offered = new List<A2aInterface>();
        foreach (var entry in Objects(card, "supportedInterfaces"))
            Add(offered, A2aReader.Text(entry, "url"), A2aReader.Text(entry, "protocolBinding"), A2aReader.Text(entry, "protocolVersion") ?? "1.0", A2aReader.Text(entry, "tenant"));
        Add(offered, A2aReader.Text(card, "url"), A2aReader.Text(card, "preferredTransport") ?? "JSONRPC", "0.3", null);
        foreach (var entry in Objects(card, "additionalInterfaces"))
            Add(offered, A2aReader.Text(entry, "url"), A2aReader.Text(entry, "transport"), "0.3", null);
        return offered;
    }

    private static void Add(List<A2aInterface> offered, string? url, string? binding, string version, string? tenant)
    {
        if (url is null)
            return;
        var spoken = (binding?.ToUpperInvariant(), version.Split('.')[0]) switch
        {
            ("JSONRPC", "1") => A2aBinding.JsonRpc,
            ("HTTP+JSON", "1") => A2aBinding.Rest,
            ("JSONRPC", "0") => A2aBinding.OldJsonRpc,
            _ => (A2aBinding?)null,
        };
        if (spoken is { } known)
            offered.Add(new A2aInterface(url, known, tenant));
    }

    private static IEnumerable<JsonElement> Objects(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(entry => entry.ValueKind == JsonValueKind.Object)
            : [];
}

/// <summary>How an interface of a card is spoken to.</summary>
public enum A2aBinding
{
    /// <summary>JSON-RPC of 1.0.</summary>
    JsonRpc,

    /// <summary>HTTP+JSON of 1.0.</summary>
    Rest,

    /// <summary>JSON-RPC of 0.3.</summary>
    OldJsonRpc,

    /// <summary><c>/a2a/tasks/send</c> and <c>/a2a/tasks/{id}</c> of the documents, which no card names.</summary>
    Plain,
}

/// <summary>One way to an agent.</summary>
public sealed record A2aInterface(string Url, A2aBinding Binding, string? Tenant);
