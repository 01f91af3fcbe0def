using Fangd.Cli.Api;
using Fangd.Cli.Output;

namespace Fangd.Cli.Chat;

/// <summary>The conversation at the terminal: reads a line, sends it or obeys it, until the user leaves.</summary>
internal sealed class ChatSession(CommandContext context, IPrompt prompt, AgentEntry first)
{
    private readonly TerminalOutput output = context.Output;
    private AgentEntry agent = first;

    public async Task<int> Run(CancellationToken aborted)
    {
        await Greet(aborted);
        var presses = 0;
        var isWell = true;
        while (true)
        {
            var answer = await prompt.Ask(output.Foreign($"{agent.Name}> "), aborted);
            if (answer.End == PromptEnd.Closed)
                return isWell || context.Host.IsInputTerminal ? ExitCode.Ok : ExitCode.Failed;
            if (answer.End == PromptEnd.Interrupted)
            {
                if (++presses == 2 || !context.Host.IsInputTerminal)
                    return ExitCode.Interrupted;
                output.Line(output.Dim("Ctrl-C again or Ctrl-D to leave"));
                continue;
            }
            presses = 0;
            var line = answer.Text.Trim();
            if (line is "/exit" or "/quit")
                return ExitCode.Ok;
            if (line.Length > 0)
                isWell &= await Obey(line, aborted);
        }
    }

    private async Task<bool> Obey(string line, CancellationToken aborted)
    {
        try
        {
            // "/tmp/log is full" is a message, not a command.
            var word = line.Split([' ', '\n'], 2)[0];
            if (word.Length > 1 && word[0] == '/' && word.IndexOf('/', 1) < 0)
                return await Command(word, line[word.Length..].Trim(), aborted);
            return await new ChatRun(context, agent).Send(line, aborted);
        }
        catch (CommandException failure)
        {
            output.ErrorLine($"{output.Red("failed:")} {output.Foreign(failure.Message)}");
            if (failure.Hint is { } hint)
                output.ErrorLine("  " + hint);
            // Without a daemon, each further line would only fail the same way.
            if (failure.ExitCode is ExitCode.Unreachable or ExitCode.Refused && !context.Host.IsInputTerminal)
                throw;
            return false;
        }
    }

    private async Task<bool> Command(string word, string rest, CancellationToken aborted)
    {
        switch (word)
        {
            case "/help":
                await Help(aborted);
                return true;
            case "/agents":
                foreach (var entry in await context.Client.All(aborted))
                    output.Line($"  {output.Foreign(entry.Name)}  {output.Dim(output.Foreign(entry.FullModel))}");
                return true;
            case "/agent" when rest.Length > 0:
                agent = await context.Client.Agent(rest, aborted);
                await Greet(aborted);
                return true;
            case "/history":
                await Recall(int.TryParse(rest, out var count) ? Math.Clamp(count, 1, 1000) : 10, aborted);
                return true;
            case "/think":
                // The daemon keeps this choice with a WebSocket; answers here come over another road.
                output.Line("Thinking is chosen in the web page's chat, or by the agent's model.");
                return false;
            default:
                return await Remote(word, rest, aborted);
        }
    }

    private async Task<bool> Remote(string word, string rest, CancellationToken aborted)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        using var interrupt = context.Host.OnInterrupt(leaving.Cancel);
        try
        {
            var answer = await CommandSocket.Send(context.Address, agent.Id, $"{word} {rest}".TrimEnd(), leaving.Token);
            output.Line(output.Foreign(answer.Length == 0 ? "done" : answer.TrimEnd()));
            return true;
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            output.Line(output.Dim("no longer waiting"));
            return false;
        }
    }

    private async Task Greet(CancellationToken aborted)
    {
        if (!output.IsTerminal)
            return;
        output.Line(output.Dim(output.Foreign($"{agent.Name} ({agent.FullModel}). /help lists commands, Ctrl-C stops an answer, Ctrl-D leaves.")));
        using var session = await context.Client.Get($"api/agents/{agent.Id}/session", aborted);
        var count = session.Root.Number("message_count");
        if (count > 0)
            output.Line(output.Dim($"{count} earlier messages: /history shows them, /new starts over."));
    }

    private async Task Recall(int count, CancellationToken aborted)
    {
        using var session = await context.Client.Get($"api/agents/{agent.Id}/session", aborted);
        foreach (var message in session.Root.Items("messages").TakeLast(count))
            output.Line(output.Foreign($"{(message.Text("role") == "User" ? "you" : agent.Name)}> {message.Text("content")}"));
    }

    private async Task Help(CancellationToken aborted)
    {
        using var answer = await context.Client.Get("api/commands", aborted);
        var commands = answer.Root.Items("commands").Select(command => (Name: command.Text("cmd"), About: command.Text("desc"))).ToList();
        commands.RemoveAll(command => command.Name is "/help" or "/think" or "/agents" or "/agent" or "/history" or "/exit" or "/quit");
        commands.AddRange([
            ("/agents", "List the agents"), ("/agent NAME", "Talk to another agent"), ("/history [N]", "Show the last messages"), ("/exit", "Leave (Ctrl-D)"),
        ]);
        var width = commands.Max(command => command.Name.Length);
        foreach (var (name, about) in commands)
            output.Line(output.Foreign($"  {name.PadRight(width)}  {about}"));
        output.Line("  A backslash at the end of a line continues it.");
    }
}
