using Fangd.Engine.Tools;
using Fangd.Server.Config;
using Fangd.Server.Http;

namespace Fangd.Server.Security;

/// <summary>
/// The protections that are built into the paths which everything takes, so that no feature of its own speaks for them. Those that a
/// setting or a missing piece can take away are looked at each time.
/// </summary>
internal static class CoreSecurity
{
    public static IReadOnlyList<SecuritySystem> Of(FangdConfig config, RouteTable routes, ToolGate gate) =>
    [
        new(SecuritySystems.SecurityHeaders, "every answer carries a content security policy and the headers against framing, sniffing and plain HTTP"),
        new(
            SecuritySystems.HealthRedaction,
            "without a key health says whether the daemon works and nothing else",
            () => IsForAll(routes, "/api/health/detail") ? "health details are shown without a key" : null),
        new(SecuritySystems.RateLimiter, "each client address has a budget of requests, weighed by their cost", () => Unlimited(config)),
        new(
            SecuritySystems.PathTraversal,
            "file tools resolve every path inside the agent's workspace, links included",
            () => gate.Catalog.Find("file_read") is null ? "there are no file tools" : null),
        new(SecuritySystems.CapabilityInheritance, "an agent that another agent spawns gets no more than its parent has"),
        new(SecuritySystems.LoopGuard, "a run that repeats itself is warned, then stopped"),
        new(SecuritySystems.SessionRepair, "a history that a crash cut off is made whole before a model reads it"),
    ];

    private static bool IsForAll(RouteTable routes, string pattern) =>
        routes.Routes.FirstOrDefault(r => r.Pattern == pattern) is not { Access: RouteAccess.Key };

    private static string? Unlimited(FangdConfig config)
    {
        var open = config.Listeners.Where(l => !l.IsLimited).Select(l => l.Address.ToString()).ToList();
        return open.Count == 0 ? null : $"requests to {string.Join(", ", open)} are not limited by configuration";
    }
}
