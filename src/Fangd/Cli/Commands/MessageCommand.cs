using Fangd.Cli.Api;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

/// <summary>One message, one answer: for scripts and for a quick question.</summary>
internal sealed class MessageCommand : Command
{
    private static readonly CommandOption Session = new("--session", "Another session of the agent than its active one") { ValueName = "ID" };
    private static readonly CommandOption Streamed = new("--stream", "Print the answer while it is written");

    public override string Name => "message";
    public override string Summary => "Send one message to an agent and print the answer";
    public override CommandGroup Group => CommandGroup.Agents;

    public override string Details => """
        Waits as long as the agent works. Ctrl-C stops the agent's run, too.
        With "-" as the text, the message is read from standard input.
        """;

    public override IReadOnlyList<CommandArgument> Arguments =>
    [
        new("AGENT", "Name, id or beginning of an id") { Completion = Completion.Agents },
        new("TEXT", "The message, or - for standard input") { IsRepeated = true },
    ];

    public override IReadOnlyList<CommandOption> Options => [Session, Streamed, GlobalOptions.Json];

    public override IReadOnlyList<string> Examples =>
        ["fangd message coder \"What does this repository do?\"", "git diff | fangd message coder -", "fangd message coder --json hello | jq -r .response"];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var words = context.Line.Arguments.Skip(1).ToArray();
        var text = words is ["-"] ? await context.Host.In().ReadToEndAsync(aborted) : string.Join(' ', words);
        if (string.IsNullOrWhiteSpace(text))
            throw CommandException.Usage("the message is empty", Name);
        var agent = await context.Client.AgentId(context.Line.Arguments[0], aborted);

        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        using var interrupt = context.Host.OnInterrupt(leaving.Cancel);
        try
        {
            return context.Line.Has(Streamed) && !context.IsJson
                ? await Stream(context, agent, text, leaving.Token)
                : await Whole(context, agent, text, leaving.Token);
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            // The run belongs to the daemon and would go on, and cost, without anybody to read it.
            using var answer = await context.Client.Post($"api/agents/{agent}/stop", null, aborted);
            context.Output.ErrorLine("stopped");
            return ExitCode.Interrupted;
        }
    }

    private static async Task<int> Whole(CommandContext context, string agent, string text, CancellationToken leaving)
    {
        using var answer = await context.Client.Send(
            HttpMethod.Post, $"api/agents/{agent}/message", writer => RunStream.WriteMessage(writer, text, context.Line.Value(Session)), Timeout.InfiniteTimeSpan, leaving);
        if (context.IsJson)
            context.Output.Json(answer.Body);
        else
            context.Output.Line(context.Output.Foreign(answer.Root.Text("response")));
        return ExitCode.Ok;
    }

    private static async Task<int> Stream(CommandContext context, string agent, string text, CancellationToken leaving)
    {
        await foreach (var update in context.Client.Stream(agent, text, context.Line.Value(Session), leaving))
        {
            if (update is AnswerText part)
                context.Output.Write(context.Output.Foreign(part.Text));
            else if (update is RunBroken broken)
                throw new CommandException(ExitCode.Failed, broken.Message);
        }
        context.Output.Line();
        return ExitCode.Ok;
    }
}
