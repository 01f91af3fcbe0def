namespace Fangd.Engine.Outbound;

/// <summary>Who chose the target of a request, and so how far it may go.</summary>
public enum OutboundTrust
{
    /// <summary>An agent, a page or a peer can steer it: the public internet and what <c>[web.fetch] ssrf_allowed_hosts</c> opens.</summary>
    Agent,

    /// <summary>An administrator configured it: the public internet and what <c>[security]</c> opens.</summary>
    Administrator,
}
