using Fangd.Cli.Api;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

internal sealed class AgentKillCommand : Command
{
    public override string Name => "agent kill";
    public override string Summary => "End agents and remove them";
    public override CommandGroup Group => CommandGroup.Agents;
    public override IReadOnlyList<CommandArgument> Arguments => [new("AGENT", "Name, id or beginning of an id") { IsRepeated = true, Completion = Completion.Agents }];
    public override IReadOnlyList<CommandOption> Options => [GlobalOptions.Json];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        // All names are looked up before the first agent dies: a slip in the third must not cost the first two.
        var known = await context.Client.All(aborted);
        var agents = context.Line.Arguments.Select(named => AgentLookup.Pick(known, named)).DistinctBy(agent => agent.Id).ToArray();
        foreach (var agent in agents)
        {
            using var answer = await context.Client.Delete($"api/agents/{agent.Id}", aborted);
            if (!context.IsJson)
                context.Output.Line(context.Output.Foreign($"{agent.Name} is gone"));
        }
        if (context.IsJson)
            context.Output.Json(writer =>
            {
                writer.WriteStartObject();
                writer.WriteStartArray("killed");
                foreach (var agent in agents)
                    writer.WriteStringValue(agent.Id);
                writer.WriteEndArray();
                writer.WriteEndObject();
            });
        return ExitCode.Ok;
    }
}
