using Fangd.Protocols.Llm;

namespace Fangd.Server.Models;

/// <summary>Where a model's entry comes from. Of two entries for one model the later kind wins.</summary>
internal enum ModelOrigin
{
    /// <summary>A local server lists it right now.</summary>
    Discovered,
    BuiltIn,
    /// <summary>The configured source of <c>POST /api/catalog/update</c>.</summary>
    Catalog,
    /// <summary>Added over the API.</summary>
    Custom,
}

/// <summary>USD per million tokens.</summary>
internal sealed record ModelPrice(double Input, double Cached, double Output)
{
    private const double Million = 1_000_000;

    public bool IsFree => Input == 0 && Cached == 0 && Output == 0;

    public double Of(LlmUsage usage)
    {
        // A server that counts more cached tokens than input would otherwise give money back.
        var cached = Math.Clamp(usage.CachedInput, 0, Math.Max(0, usage.Input));
        return ((Math.Max(0, usage.Input) - cached) * Input + cached * Cached + Math.Max(0, usage.Output) * Output) / Million;
    }
}

/// <summary>What the catalogue knows of one model of one provider.</summary>
internal sealed record ModelInfo
{
    public const int UnknownWindow = 128_000;

    public required string Id { get; init; }
    public required string Provider { get; init; }
    public required string DisplayName { get; init; }

    /// <summary><c>frontier</c>, <c>smart</c>, <c>balanced</c>, <c>fast</c>, <c>local</c> or <c>custom</c>.</summary>
    public required string Tier { get; init; }

    /// <summary>Tokens.</summary>
    public int ContextWindow { get; init; } = UnknownWindow;

    /// <summary>Most tokens of one answer; 0 where it is not known.</summary>
    public int MaxOutput { get; init; }

    /// <summary>Null where it is not known.</summary>
    public ModelPrice? Price { get; init; }

    public bool HasTools { get; init; } = true;
    public bool HasVision { get; init; }
    public bool HasStreaming { get; init; } = true;

    /// <summary>The provider's own name of it where that differs from the id; or null.</summary>
    public string? WireName { get; init; }

    public IReadOnlyList<string> Aliases { get; init; } = [];
    public ModelOrigin Origin { get; init; }
}
