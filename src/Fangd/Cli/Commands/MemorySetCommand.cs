using System.Text;
using System.Text.Json;
using Fangd.Cli.Api;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

internal sealed class MemorySetCommand : Command
{
    public override string Name => "memory set";
    public override string Summary => "Give an agent a value to keep";
    public override CommandGroup Group => CommandGroup.Agents;
    public override string Details => "A value that is JSON (a number, true, [1, 2], {\"a\": 1}) is kept as such, everything else as text.";
    public override IReadOnlyList<CommandArgument> Arguments => [MemoryArguments.Agent, MemoryArguments.Key, new("VALUE", "JSON or text")];
    public override IReadOnlyList<CommandOption> Options => [GlobalOptions.Json];
    public override IReadOnlyList<string> Examples => ["fangd memory set gardener gate_code 4711", "fangd memory set gardener owner \"Ann Lee\""];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var (key, value) = (context.Line.Arguments[1], context.Line.Arguments[2]);
        var agent = await context.Client.AgentId(context.Line.Arguments[0], aborted);
        using var answer = await context.Client.Send(HttpMethod.Put, MemoryArguments.PathOf(agent, key), json => Write(json, value), TimeSpan.FromSeconds(30), aborted);
        if (context.IsJson)
            context.Output.Json(answer.Body);
        else
            context.Output.Line(context.Output.Foreign($"{key} is kept"));
        return ExitCode.Ok;
    }

    private static void Write(Utf8JsonWriter json, string value)
    {
        json.WriteStartObject();
        json.WritePropertyName("value");
        if (IsJson(value))
            json.WriteRawValue(value);
        else
            json.WriteStringValue(value);
        json.WriteEndObject();
    }

    private static bool IsJson(string value)
    {
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(value));
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
