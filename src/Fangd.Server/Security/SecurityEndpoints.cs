using Fangd.Server.Http;

namespace Fangd.Server.Security;

/// <summary>How the protections stand, as each of them says at this moment.</summary>
internal sealed class SecurityEndpoints(IReadOnlyList<SecuritySystem> systems)
{
    private const string Absent = "not part of this build yet";

    public void Map(RouteTable routes) => routes.Get("/api/security", Get);

    private Task Get(Exchange exchange)
    {
        var words = new Dictionary<string, string>();
        var details = new Dictionary<string, string>();
        var active = 0;
        foreach (var name in SecuritySystems.All)
        {
            var system = systems.FirstOrDefault(s => s.Name == name);
            var gap = system is null ? Absent : system.Gap();
            words.Add(name, gap is null ? "active" : "inactive");
            details.Add(name, gap ?? system!.Effect);
            active += gap is null ? 1 : 0;
        }

        var view = new SecurityView(words, words.Count, active, active == words.Count, details);
        return exchange.Ok(view);
    }
}
