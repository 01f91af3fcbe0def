using Fangd.Server.Agents;
using Fangd.Server.Deliveries;
using Fangd.Server.Http;

namespace Fangd.Server.Files;

/// <summary>What people give an agent: identity files, uploads, attachments; and the receipts of what it sent.</summary>
internal sealed class FilesFeature
{
    private readonly Foundation _base;
    private readonly AgentsFeature _agents;
    private readonly UploadStore _uploads;

    public FilesFeature(Foundation on, AgentsFeature agents, Func<Agent, Upload, byte[], CancellationToken, Task<string>> transcribe)
    {
        _base = on;
        _agents = agents;
        _uploads = new UploadStore(on.Database, Path.Combine(on.Config.DataDir, "uploads"), on.Time, on.NewId);
        Attachments = new Attachments(_uploads, agents.Workspaces, transcribe);
    }

    public Attachments Attachments { get; }

    public Health.IHousework Housework => _uploads;

    public void Map(RouteTable routes)
    {
        new IdentityFileEndpoints(_agents.Registry, _agents.Workspaces).Map(routes);
        new UploadEndpoints(_agents.Registry, _uploads).Map(routes, _base.Config.Limits.MaxUploadBytes);
        new DeliveryEndpoints(_agents.Registry, new DeliveryStore(_base.Database, _base.Time)).Map(routes);
    }
}
