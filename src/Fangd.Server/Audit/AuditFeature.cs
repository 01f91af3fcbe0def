using Fangd.Engine.Audit;
using Fangd.Server.Health;
using Fangd.Server.Http;
using Fangd.Server.Security;
using Fangd.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Audit;

/// <summary>The trail of what mattered for security, in a chain that shows when it was changed. Every other feature writes to it, so it comes first.</summary>
internal sealed class AuditFeature
{
    private readonly Database _database;
    private readonly AuditKeyFile _keys;
    private readonly AuditChain _chain;
    private readonly AuditPruning _pruning;

    public AuditFeature(ServerOptions options, Database database)
    {
        var config = options.Config;
        _database = database;
        _keys = new AuditKeyFile(Path.Combine(config.HomeDir, "audit.key"), database.FilePath);
        _chain = new AuditChain(database, _keys, options.Time, options.Logs.CreateLogger<AuditChain>());
        _pruning = new AuditPruning(database, _keys, config.Audit, options.Time, options.Logs.CreateLogger<AuditPruning>());
        Attempts = new AuthAttempts(_chain);
    }

    public IAuditTrail Trail => _chain;

    /// <summary>Who was let in and who was not.</summary>
    public AuthAttempts Attempts { get; }

    public IReadOnlyList<IHousework> Housework => [Attempts, _pruning];

    public SecuritySystem Security => new(SecuritySystems.AuditTrail, "what matters for security is kept in a hash chain whose end is signed", () => _database.Read(sql =>
        AuditAnchor.Find(sql, AuditAnchor.Tip) is { } tip && _keys.Find()?.HasSigned(tip) != true
            ? "the end of the chain is not signed with this home's audit.key: see GET /api/audit/verify"
            : null));

    public void Map(RouteTable routes) => new AuditEndpoints(new AuditLog(_database), new AuditVerifier(_database, _keys), _chain).Map(routes);

    /// <summary>Before the database closes: what was only counted is written.</summary>
    public void Stop() => Attempts.Flush();
}
