using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

internal sealed class ApprovalsApproveCommand : Command
{
    private static readonly CommandOption Code = new("--code", "Code of the authenticator app, or a recovery code") { ValueName = "CODE" };

    public override string Name => "approvals approve";
    public override string Summary => "Let a waiting tool call run";
    public override CommandGroup Group => CommandGroup.Agents;
    public override IReadOnlyList<CommandArgument> Arguments => [new("ID", "As \"fangd approvals list\" shows it")];
    public override IReadOnlyList<CommandOption> Options => [Code, GlobalOptions.Json];
    public override IReadOnlyList<string> Examples => ["fangd approvals list", "fangd approvals approve 0199… --code 123456"];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        using var answer = await context.Client.Post(
            $"api/approvals/{Uri.EscapeDataString(context.Line.Arguments[0])}/approve",
            writer =>
            {
                writer.WriteStartObject();
                if (context.Line.Value(Code) is { } code)
                    writer.WriteString("totp_code", code);
                writer.WriteEndObject();
            },
            aborted);
        if (context.IsJson)
            context.Output.Json(answer.Body);
        else
            context.Output.Line("approved");
        return ExitCode.Ok;
    }
}
