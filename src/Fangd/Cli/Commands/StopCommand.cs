using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

/// <summary>Asks the daemon to stop and waits until it is gone.</summary>
internal sealed class StopCommand : Command
{
    private static readonly CommandOption NoWait = new("--no-wait", "Return when the daemon has agreed, not when it is gone");

    private static readonly CommandOption Patience = new("--timeout", "How long to wait until it is gone; 15 otherwise") { ValueName = "SECONDS" };

    public override string Name => "stop";
    public override string Summary => "Stop the daemon and wait until it is gone";
    public override CommandGroup Group => CommandGroup.Daemon;
    public override IReadOnlyList<CommandOption> Options => [NoWait, Patience, GlobalOptions.Json];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var patience = context.Line.Number(Patience, 15, 1, 3600);
        using (var answer = await context.Client.Post("api/shutdown", null, aborted))
            if (context.Line.Has(NoWait))
                return Report(context, answer.Root.TryGetProperty("status", out var status) ? status.GetString() ?? "" : "", "fangd is stopping");
        await UntilGone(context, TimeSpan.FromSeconds(patience), aborted);
        return Report(context, "stopped", "fangd has stopped");
    }

    private static async Task UntilGone(CommandContext context, TimeSpan patience, CancellationToken aborted)
    {
        var time = context.Host.Time;
        var began = time.GetTimestamp();
        while (time.GetElapsedTime(began) < patience)
        {
            try
            {
                using var answer = await context.Client.Get("api/health", TimeSpan.FromSeconds(2), aborted);
            }
            catch (CommandException gone) when (gone.ExitCode == ExitCode.Unreachable)
            {
                return;
            }
            catch (CommandException draining) when (draining.ExitCode == ExitCode.Busy)
            {
                // It still answers, with 503: what is running is being finished.
            }
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, aborted);
        }
        throw new CommandException(ExitCode.Failed, $"fangd agreed to stop but still answers after {patience.TotalSeconds:0} s", "a run may be finishing: wait longer with --timeout SECONDS");
    }

    private static int Report(CommandContext context, string status, string sentence)
    {
        if (!context.IsJson)
            context.Output.Line(sentence);
        else
            context.Output.Json(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("status", status);
                writer.WriteEndObject();
            });
        return ExitCode.Ok;
    }
}
