using Fangd.Server.Http;

namespace Fangd.Server.A2a.Serving;

/// <summary>Whether A2A is served: <c>[a2a] enabled</c>.</summary>
internal sealed record A2aSwitch(bool IsOn)
{
    /// <summary>404 when it is off.</summary>
    public void Demand()
    {
        if (!IsOn)
            throw ApiException.NotFound("A2A is off: set enabled = true under [a2a] in config.toml");
    }
}
