using Fangd.Cli.Api;
using Fangd.Cli.Chat;
using Fangd.Cli.Settings;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

/// <summary>Talks with an agent until the user leaves.</summary>
internal sealed class ChatCommand : Command
{
    public override string Name => "chat";
    public override string Summary => "Talk with an agent";
    public override CommandGroup Group => CommandGroup.Agents;

    public override string Details => """
        Answers are shown while they are written, tool calls in brackets. Lines that begin
        with a slash are commands (/help lists them). Ctrl-C stops an answer; twice at an
        empty prompt it leaves, as does Ctrl-D. From a pipe, each line is one message.
        """;

    public override IReadOnlyList<CommandArgument> Arguments =>
        [new("AGENT", "Name, id or beginning of an id; the only one there is otherwise") { IsOptional = true, Completion = Completion.Agents }];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var host = context.Host;
        var isEdited = host.Keyboard is not null && host.IsOutputTerminal;
        var history = new InputHistory(isEdited ? Path.Combine(ClientConfig.Read(context.Whereabouts).Home, "chat_history") : "");
        IPrompt prompt = isEdited ? new EditedPrompt(host.Keyboard!(), context.Output, history) : new PlainPrompt(host, context.Output);
        var agent = await Choose(context, prompt, aborted);
        try
        {
            return await new ChatSession(context, prompt, agent).Run(aborted);
        }
        finally
        {
            if (isEdited)
                history.Save();
        }
    }

    private static async Task<AgentEntry> Choose(CommandContext context, IPrompt prompt, CancellationToken aborted)
    {
        var agents = await context.Client.All(aborted);
        if (context.Line.Arguments.Count > 0)
            return AgentLookup.Pick(agents, context.Line.Arguments[0]);
        if (agents.Count == 0)
            throw new CommandException(ExitCode.NotFound, "there is no agent yet", "spawn one with: fangd agent spawn assistant");
        if (agents.Count == 1)
            return agents[0];
        if (!context.Host.IsInputTerminal)
            throw CommandException.Usage($"there are {agents.Count} agents: say which", "chat");
        foreach (var agent in agents)
            context.Output.Line($"  {context.Output.Foreign(agent.Name)}  {context.Output.Dim(context.Output.Foreign(agent.FullModel))}");
        var answer = await prompt.Ask("which agent? ", aborted);
        if (answer.End != PromptEnd.Line || answer.Text.Trim().Length == 0)
            throw new OperationCanceledException();
        return AgentLookup.Pick(agents, answer.Text.Trim());
    }
}
