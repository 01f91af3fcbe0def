using Fangd.Engine.Agents;
using Fangd.Engine.Tools;
using Fangd.Protocols.Llm;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fangd.UnitTests.Tools;

/// <summary>Opens a gate over some tools for one agent.</summary>
internal static class ToolBench
{
    public static AgentManifest Agent(params string[] tools) =>
        new() { Name = "tester", Capabilities = new AgentCapabilities { Tools = tools } };

    public static ToolScope Scope(AgentManifest agent, string workspace = "/nonexistent/workspace") =>
        new() { AgentId = "agent-1", Agent = agent, RunId = "run-1", Workspace = workspace };

    public static IToolbox Open(AgentManifest agent, params ITool[] tools) => OpenIn(agent, "Normal", tools);

    public static IToolbox OpenIn(AgentManifest agent, string mode, params ITool[] tools) =>
        Gate(tools).Open(Scope(agent), mode);

    public static ToolGate Gate(params ITool[] tools) =>
        new(new ToolCatalog(tools), new StoppedClock(), NullLogger<ToolGate>.Instance);

    public static string[] Names(this IToolbox toolbox) => [.. toolbox.Offered.Select(tool => tool.Name)];

    public static ValueTask<ToolOutcome> Call(this IToolbox toolbox, string name, string arguments = "{}") =>
        toolbox.Run(new LlmToolCall("call-1", name, arguments), CancellationToken.None);
}
