using Fangd.Cli.Api;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

internal sealed class AuditListCommand : Command
{
    private static readonly CommandOption Limit = new("--limit", "How many, 50 unless said, at most 500") { ValueName = "N" };

    public override string Name => "audit list";
    public override string Summary => "Show what was done lately: agents, tools, settings, refused keys";
    public override CommandGroup Group => CommandGroup.Daemon;
    public override IReadOnlyList<CommandOption> Options => [Limit, GlobalOptions.Json];
    public override IReadOnlyList<string> Examples => ["fangd audit list --limit 200"];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var path = context.Line.Value(Limit) is { } limit ? $"api/audit/recent?limit={Uri.EscapeDataString(limit)}" : "api/audit/recent";
        using var answer = await context.Client.Get(path, aborted);
        if (context.IsJson)
        {
            context.Output.Json(answer.Body);
            return ExitCode.Ok;
        }

        // The newest last: that is where the eye is after the command.
        var rows = answer.Root.Items("entries").Reverse()
            .Select(entry => (string[])[entry.Text("id"), Second(entry.Text("timestamp")), entry.Text("action"), entry.Text("outcome"), entry.Text("details")]).ToArray();
        if (rows.Length == 0)
            context.Output.Line("Nothing has been taken down yet.");
        else
            context.Output.Table(["ID", "TIME (UTC)", "ACTION", "OUTCOME", "WHAT"], rows);
        return ExitCode.Ok;
    }

    private static string Second(string timestamp) => timestamp.Length < 19 ? timestamp : timestamp[..19].Replace('T', ' ');
}
