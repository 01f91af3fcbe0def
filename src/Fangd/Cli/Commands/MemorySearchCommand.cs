using System.Globalization;
using Fangd.Cli.Api;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

internal sealed class MemorySearchCommand : Command
{
    private static readonly CommandOption Limit = new("--limit", "Most results, 1 to 50") { ValueName = "N" };
    private static readonly CommandOption Scope = new("--scope", "Only memories of this scope") { ValueName = "NAME" };

    public override string Name => "memory search";
    public override string Summary => "Search what an agent remembers as text";
    public override CommandGroup Group => CommandGroup.Agents;
    public override string Details => "By words, and by meaning too where an embedding model is configured under [memory].";
    public override IReadOnlyList<CommandArgument> Arguments => [MemoryArguments.Agent, new("WORDS", "What to look for") { IsRepeated = true }];
    public override IReadOnlyList<CommandOption> Options => [Limit, Scope, GlobalOptions.Json];
    public override IReadOnlyList<string> Examples => ["fangd memory search gardener where is the spare key"];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var agent = await context.Client.AgentId(context.Line.Arguments[0], aborted);
        var path = $"api/memory/agents/{agent}/search?q={Uri.EscapeDataString(string.Join(' ', context.Line.Arguments.Skip(1)))}";
        if (context.Line.Value(Limit) is { } limit)
            path += "&limit=" + Uri.EscapeDataString(limit);
        if (context.Line.Value(Scope) is { } scope)
            path += "&scope=" + Uri.EscapeDataString(scope);
        using var answer = await context.Client.Get(path, aborted);
        if (context.IsJson)
        {
            context.Output.Json(answer.Body);
            return ExitCode.Ok;
        }

        var isFirst = true;
        foreach (var found in answer.Root.Items("items"))
        {
            if (!isFirst)
                context.Output.Line();
            isFirst = false;
            var about = string.Create(CultureInfo.InvariantCulture, $"{found.Fraction("score"):0.00}  {found.Text("created_at").AsSpan(0, Math.Min(10, found.Text("created_at").Length))}  {found.Text("scope")}");
            context.Output.Line(context.Output.Dim(context.Output.Foreign(about)));
            context.Output.Line(context.Output.Foreign(found.Text("content")));
        }

        if (isFirst)
            context.Output.Line("Nothing that it remembers fits.");
        return ExitCode.Ok;
    }
}
