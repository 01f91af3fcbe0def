using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

internal sealed class ApprovalsRejectCommand : Command
{
    public override string Name => "approvals reject";
    public override string Summary => "Refuse a waiting tool call";
    public override CommandGroup Group => CommandGroup.Agents;

    public override IReadOnlyList<CommandArgument> Arguments =>
        [new("ID", "As \"fangd approvals list\" shows it"), new("WHY", "What the agent is told") { IsOptional = true, IsRepeated = true }];

    public override IReadOnlyList<CommandOption> Options => [GlobalOptions.Json];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var why = string.Join(' ', context.Line.Arguments.Skip(1));
        using var answer = await context.Client.Post(
            $"api/approvals/{Uri.EscapeDataString(context.Line.Arguments[0])}/reject",
            writer =>
            {
                writer.WriteStartObject();
                if (why.Length > 0)
                    writer.WriteString("feedback", why);
                writer.WriteEndObject();
            },
            aborted);
        if (context.IsJson)
            context.Output.Json(answer.Body);
        else
            context.Output.Line("rejected");
        return ExitCode.Ok;
    }
}
