using Fangd.Engine.Outbound;

namespace Fangd.Server.A2a.Peers;

/// <summary>The way out to agents and webhooks, by the rules for whoever chose the address.</summary>
internal sealed class PeerTargets(OutboundHttp outbound, OutboundTrust trust)
{
    /// <summary>Made at the first call that goes out.</summary>
    public HttpClient Http => outbound.For(trust);

    /// <summary>Why an address is not called, or null. What a name stands for is looked at when it is called.</summary>
    public string? Refusal(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var target))
            return "it must be an http:// or https:// URL";
        try
        {
            outbound.Check(trust, target);
            return null;
        }
        catch (OutboundRefusal refusal)
        {
            return refusal.Message.TrimEnd('.');
        }
    }
}
