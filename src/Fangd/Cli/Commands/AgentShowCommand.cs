using System.Text.Json;
using Fangd.Cli.Api;
using Fangd.Cli.Output;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

internal sealed class AgentShowCommand : Command
{
    public override string Name => "agent show";
    public override string Summary => "Show one agent";
    public override CommandGroup Group => CommandGroup.Agents;
    public override IReadOnlyList<CommandArgument> Arguments => [new("AGENT", "Name, id or beginning of an id") { Completion = Completion.Agents }];
    public override IReadOnlyList<CommandOption> Options => [GlobalOptions.Json];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var id = await context.Client.AgentId(context.Line.Arguments[0], aborted);
        using var answer = await context.Client.Get($"api/agents/{id}", aborted);
        if (context.IsJson)
            context.Output.Json(answer.Body);
        else
            Print(context.Output, answer.Root);
        return ExitCode.Ok;
    }

    private static void Print(TerminalOutput output, JsonElement agent)
    {
        output.Line(output.Bold(output.Foreign(agent.Text("name"))));
        Row(output, "id", agent.Text("id"));
        Row(output, "state", agent.Text("state"));
        Row(output, "mode", agent.Text("mode"));
        Row(output, "about", agent.Text("description"));
        var model = agent.Field("model") ?? default;
        Row(output, "model", $"{model.Text("provider")}/{model.Text("model")}".Trim('/'));
        Row(output, "session", agent.Text("session_id"));
        Row(output, "created", agent.Text("created_at"));
        Row(output, "tags", Joined(agent, "tags"));
        foreach (var capability in agent.Field("capabilities") is { ValueKind: JsonValueKind.Object } capabilities ? capabilities.EnumerateObject() : default)
            if (capability.Value.ValueKind is JsonValueKind.Array ? capability.Value.GetArrayLength() > 0 : capability.Value.ValueKind == JsonValueKind.True)
                Row(output, "may", capability.Value.ValueKind == JsonValueKind.True ? capability.Name : $"{capability.Name}: {Joined(agent.GetProperty("capabilities"), capability.Name)}");
    }

    private static string Joined(JsonElement parent, string name) =>
        string.Join(", ", parent.Items(name).Select(item => item.ValueKind == JsonValueKind.String ? item.GetString() : item.GetRawText()));

    private static void Row(TerminalOutput output, string name, string value)
    {
        if (value.Length > 0)
            output.Line($"  {output.Dim(name.PadRight(8))} {output.Foreign(value)}");
    }
}
