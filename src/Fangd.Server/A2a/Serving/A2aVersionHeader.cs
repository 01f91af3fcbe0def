using Fangd.Protocols.A2a;
using Fangd.Server.Http;

namespace Fangd.Server.A2a.Serving;

/// <summary>The version that a client asks for (1.0 §3.6): the header <c>A2A-Version</c>, or the query parameter of that name.</summary>
internal static class A2aVersionHeader
{
    /// <summary>Null where none is named. Throws <see cref="A2aFault"/> for one that is not spoken here.</summary>
    public static A2aVersion? Read(Exchange exchange)
    {
        var asked = exchange.Request.Headers["A2A-Version"].ToString();
        if (asked.Length == 0)
            asked = exchange.Query("A2A-Version") ?? "";
        if (asked.Length == 0)
            return null;
        var parts = asked.Split('.');
        return parts switch
        {
            ["1", "0", ..] => A2aVersion.V10,
            ["0", "3", ..] => A2aVersion.V03,
            _ => throw A2aFault.Version(asked.Length <= 32 ? asked : asked[..32]),
        };
    }
}
