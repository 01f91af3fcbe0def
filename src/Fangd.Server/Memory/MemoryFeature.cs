using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Memory;
using Fangd.Server.Agents;
using Fangd.Server.Http;

namespace Fangd.Server.Memory;

/// <summary>What agents remember.</summary>
internal sealed class MemoryFeature(Foundation on, AgentRegistry registry)
{
    private readonly KeyValueStore _keyValues = new(on.Database, on.Time);

    public IReadOnlyList<ITool> Tools => [new MemoryStoreTool(_keyValues), new MemoryRecallTool(_keyValues)];

    public void Map(RouteTable routes) => new MemoryEndpoints(registry, _keyValues).Map(routes);
}
