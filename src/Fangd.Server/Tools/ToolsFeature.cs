using Fangd.Engine.Audit;
using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Events;
using Fangd.Engine.Tools.Files;
using Fangd.Engine.Tools.Time;

namespace Fangd.Server.Tools;

/// <summary>All tools of the daemon behind their one gate.</summary>
internal sealed class ToolsFeature
{
    /// <param name="on">The foundation.</param>
    /// <param name="tools">What other features bring.</param>
    /// <param name="checks">What every call has to pass, in this order.</param>
    /// <param name="inspector">Looks at every outcome.</param>
    /// <param name="sources">Tools that come and go while the daemon runs.</param>
    public ToolsFeature(Foundation on, IReadOnlyList<ITool> tools, IReadOnlyList<IToolCheck> checks, IOutcomeInspector inspector, params IReadOnlyList<IToolSource> sources)
    {
        Catalog = new ToolCatalog(
        [
            new ReadFileTool(),
            new WriteFileTool(),
            new ListFilesTool(),
            new MakeFolderTool(),
            new ApplyPatchTool(),
            new DeleteFileTool(),
            new SystemTimeTool(on.Time),
            new LocationTool(on.Config.Location, on.Time),
            new PublishEventTool(on.Events),
            .. tools,
        ]);
        Gate = new ToolGate(Catalog, checks, sources, on.Time, on.Log<ToolGate>()) { Inspector = inspector, Trail = new ToolTrail(on.Audit) };
    }

    public ToolCatalog Catalog { get; }

    public ToolGate Gate { get; }
}
