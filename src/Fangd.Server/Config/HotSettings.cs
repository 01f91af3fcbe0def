using Fangd.Engine.Turns;
using Fangd.Server.Agents;
using Fangd.Server.Approvals;
using Fangd.Server.Mcp;
using Fangd.Server.Processes;
using Fangd.Server.Providers;

namespace Fangd.Server.Config;

/// <summary>The parts of the configuration that take effect without a restart, each under the name that clients are told.</summary>
internal sealed class HotSettings(ModelsFeature models, ApprovalsFeature approvals, ProcessesFeature processes, AgentRegistry registry, McpServers mcpServers)
{
    /// <summary>The action for <c>[[mcp_servers]]</c>, which clients can ask for alone.</summary>
    public const string ReloadMcpServers = "ReloadMcpServers";

    private static readonly (string Section, string Action)[] _actions =
    [
        ("approval.", "ApprovalPolicy"), ("exec_policy.", "ApprovalPolicy"), ("budget.", "BudgetLimits"), ("default_model.", "UpdateDefaultModel"),
        ("mcp_servers[", ReloadMcpServers),
    ];

    /// <summary>The action for a key, or null for one that is read at start only.</summary>
    public static string? ActionOf(string key)
    {
        foreach (var (section, action) in _actions)
        {
            if (key.StartsWith(section, StringComparison.Ordinal))
                return action;
        }

        return null;
    }

    public async Task Apply(string action, FangdConfig config)
    {
        switch (action)
        {
            case "ApprovalPolicy":
                approvals.Apply(config.Approval, config.ExecPolicy);
                processes.Apply(config.ExecPolicy);
                break;
            case "BudgetLimits":
                await models.Apply(config.Budget);
                break;
            case ReloadMcpServers:
                await mcpServers.Configure(config.McpServers);
                break;
            case "UpdateDefaultModel":
                var model = config.DefaultModel;
                models.Defaults.Model = new ModelRef(model.Provider, model.Model) { ApiKeyEnv = model.ApiKeyEnv, BaseUrl = model.BaseUrl };
                foreach (var agent in registry.All)
                    agent.Forget();
                break;
        }
    }
}
