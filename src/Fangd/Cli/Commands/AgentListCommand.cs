using Fangd.Cli.Api;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

internal sealed class AgentListCommand : Command
{
    /// <summary>What completions ask for.</summary>
    internal static readonly CommandOption Names = new("--names", "Print only the names, one a line");

    public override string Name => "agent list";
    public override string Summary => "List the agents";
    public override CommandGroup Group => CommandGroup.Agents;
    public override IReadOnlyList<CommandOption> Options => [Names, GlobalOptions.Json];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        if (context.IsJson)
        {
            using var answer = await context.Client.Get("api/agents", aborted);
            context.Output.Json(answer.Body);
            return ExitCode.Ok;
        }
        var agents = await context.Client.All(aborted);
        if (context.Line.Has(Names))
        {
            foreach (var agent in agents)
                context.Output.Line(context.Output.Foreign(agent.Name));
        }
        else if (agents.Count == 0)
        {
            context.Output.Line("No agents yet. Spawn one with: fangd agent spawn assistant");
        }
        else
        {
            context.Output.Table(["NAME", "STATE", "MODEL", "ID"], [.. agents.Select(agent => (string[])[agent.Name, agent.State, agent.FullModel, agent.Id])]);
        }
        return ExitCode.Ok;
    }
}
