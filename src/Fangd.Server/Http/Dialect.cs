namespace Fangd.Server.Http;

/// <summary>Which of the three systems a listener stands in for.</summary>
public enum DialectName
{
    LibreFang,
    OpenFang,
    AgentOs,
}

/// <summary>What a dialect decides, and nothing else.</summary>
internal sealed record Dialect
{
    public required DialectName Name { get; init; }

    /// <summary>The product word: in <c>/api/version</c>, model ids, <c>owned_by</c> and the metric prefix.</summary>
    public required string Product { get; init; }

    /// <summary>What <c>GET /api/health</c> calls a healthy daemon.</summary>
    public required string Healthy { get; init; }

    /// <summary>The SSE event name of a piece of text.</summary>
    public string TextEvent { get; init; } = "chunk";

    public bool SendsToolResults { get; init; } = true;

    /// <summary>A delete that returns no resource answers 204 without a body.</summary>
    public bool DeletesAreEmpty { get; init; }

    /// <summary>429 bodies carry <c>retryAfter</c>.</summary>
    public bool TellsRetryAfterInBody { get; init; }

    public bool AllowsAllOrigins { get; init; }

    public bool SendsXssProtection { get; init; }

    public static readonly Dialect LibreFang = new() { Name = DialectName.LibreFang, Product = "librefang", Healthy = "ok" };

    public static readonly Dialect OpenFang = new()
    {
        Name = DialectName.OpenFang,
        Product = "openfang",
        Healthy = "healthy",
        TextEvent = "text_delta",
        SendsToolResults = false,
    };

    public static readonly Dialect AgentOs = new()
    {
        Name = DialectName.AgentOs,
        Product = "agentos",
        Healthy = "healthy",
        DeletesAreEmpty = true,
        TellsRetryAfterInBody = true,
        AllowsAllOrigins = true,
        SendsXssProtection = true,
    };

    public static Dialect Of(DialectName name) => name switch
    {
        DialectName.OpenFang => OpenFang,
        DialectName.AgentOs => AgentOs,
        _ => LibreFang,
    };
}
