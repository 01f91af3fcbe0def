using Fangd.Cli.Api;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

internal sealed class MemoryDeleteCommand : Command
{
    public override string Name => "memory delete";
    public override string Summary => "Let an agent forget a value";
    public override CommandGroup Group => CommandGroup.Agents;
    public override IReadOnlyList<CommandArgument> Arguments => [MemoryArguments.Agent, MemoryArguments.Key];
    public override IReadOnlyList<CommandOption> Options => [GlobalOptions.Json];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var key = context.Line.Arguments[1];
        var agent = await context.Client.AgentId(context.Line.Arguments[0], aborted);
        using var answer = await context.Client.Delete(MemoryArguments.PathOf(agent, key), aborted);
        if (context.IsJson)
            context.Output.Json(answer.Body);
        else
            context.Output.Line(context.Output.Foreign($"{key} is gone"));
        return ExitCode.Ok;
    }
}
