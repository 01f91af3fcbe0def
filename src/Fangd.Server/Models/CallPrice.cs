using Fangd.Protocols.Llm;

namespace Fangd.Server.Models;

/// <summary>What is known of the price of a call.</summary>
internal enum PriceKind
{
    /// <summary>Nobody said; it counts as 0 and is shown as unknown.</summary>
    Unknown,
    Known,
    /// <summary>The model runs here, or its price is 0.</summary>
    Free,
}

/// <summary>The price of one model's calls.</summary>
internal readonly record struct CallPrice(PriceKind Kind, ModelPrice? Price)
{
    public string Word => Kind switch
    {
        PriceKind.Known => "known",
        PriceKind.Free => "free",
        _ => "unknown",
    };

    /// <summary>USD.</summary>
    public double Of(LlmUsage usage) => Kind == PriceKind.Known ? Price!.Of(usage) : 0;
}
