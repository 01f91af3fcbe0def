using Fangd.Cli.Api;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

/// <summary>
/// Has a server's user let fangd in. A browser on the daemon's machine comes back by itself; from elsewhere the address where it ends is pasted here.
/// </summary>
internal sealed class McpAuthCommand : Command
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(2);
    private static readonly CommandOption _revoke = new("--revoke", "Forget the authorization, at the server too");

    public override string Name => "mcp auth";
    public override string Summary => "Let fangd use an MCP server that wants its user's consent";
    public override CommandGroup Group => CommandGroup.Setup;

    public override string Details => """
        Prints an address to open in any browser. On this machine, or with ssh -L 4545:127.0.0.1:4545,
        the rest goes by itself. Elsewhere the browser ends at an address of 127.0.0.1 that it cannot
        open: copy that address from the browser and paste it here.
        """;

    public override IReadOnlyList<CommandArgument> Arguments => [new("NAME", "As GET /api/mcp/servers shows it")];
    public override IReadOnlyList<CommandOption> Options => [_revoke, GlobalOptions.Json];
    public override IReadOnlyList<string> Examples => ["fangd mcp auth notion", "fangd mcp auth notion --revoke"];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var name = context.Line.Arguments[0];
        var path = $"api/mcp/servers/{Uri.EscapeDataString(name)}/auth/";
        if (context.Line.Has(_revoke))
        {
            using var revoked = await context.Client.Post(path + "revoke", null, aborted);
            Say(context, revoked, $"{name}: fangd has forgotten its authorization");
            return ExitCode.Ok;
        }

        using var started = await context.Client.Send(HttpMethod.Post, path + "start", null, TimeSpan.FromSeconds(90), aborted);
        context.Output.ErrorLine("Open this address in a browser:");
        context.Output.Line(context.Output.Foreign(started.Root.Text("auth_url") ?? ""));
        context.Output.ErrorLine(context.Output.Dim("Then wait, or paste the address that the browser ends at, and press Enter:"));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        var (pasted, arrived) = (Pasted(context, aborted), Arrived(context, path, over.Token));
        if (await Task.WhenAny(pasted, arrived) == pasted && await pasted is { } url)
        {
            await over.CancelAsync();
            using var done = await context.Client.Send(
                HttpMethod.Post,
                path + "complete",
                writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("url", url);
                    writer.WriteEndObject();
                },
                TimeSpan.FromSeconds(60),
                aborted);
            Say(context, done, $"{name} is authorized");
            return ExitCode.Ok;
        }

        using var answer = await arrived;
        Say(context, answer, $"{name} is authorized");
        return ExitCode.Ok;
    }

    private static void Say(CommandContext context, ApiAnswer answer, string text)
    {
        if (context.IsJson)
            context.Output.Json(answer.Body);
        else
            context.Output.Line(context.Output.Foreign(text));
    }

    /// <summary>The first line that is one; null when the input ends without.</summary>
    private static async Task<string?> Pasted(CommandContext context, CancellationToken aborted)
    {
        var input = context.Host.In();
        while (await input.ReadLineAsync(aborted) is { } line)
        {
            if (line.Trim() is { Length: > 0 } url)
                return url;
        }

        return null;
    }

    /// <summary>Asks until the answer came by way of the browser, or can come no more.</summary>
    private static async Task<ApiAnswer> Arrived(CommandContext context, string path, CancellationToken over)
    {
        while (true)
        {
            await Task.Delay(_pause, context.Host.Time, over);
            var answer = await context.Client.Get(path + "status", over);
            var auth = answer.Root.Field("auth") ?? default;
            if (auth.Text("state") is "authorized")
                return answer;
            if (auth.Text("state") is not "pending_auth")
                throw new CommandException(ExitCode.Failed, auth.Text("message") is { Length: > 0 } message ? message : "nobody consented in time");
            answer.Dispose();
        }
    }
}
