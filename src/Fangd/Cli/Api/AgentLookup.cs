using System.Text.Json;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Api;

/// <summary>An agent as a list shows it.</summary>
internal sealed record AgentEntry(string Id, string Name, string State, string Provider, string Model)
{
    public string FullModel => Provider.Length == 0 ? Model : $"{Provider}/{Model}";

    public static AgentEntry Of(JsonElement agent) =>
        new(agent.Text("id"), agent.Text("name"), agent.Text("state"), agent.Text("model_provider"), agent.Text("model_name"));
}

/// <summary>Finds agents by what a user types: a name, an id, or the beginning of an id.</summary>
internal static class AgentLookup
{
    public static async Task<IReadOnlyList<AgentEntry>> All(this DaemonClient client, CancellationToken aborted)
    {
        using var answer = await client.Get("api/agents", aborted);
        var array = answer.Root.ValueKind == JsonValueKind.Array ? answer.Root.EnumerateArray() : answer.Root.Items("agents");
        return [.. array.Select(AgentEntry.Of)];
    }

    /// <summary>The id of an agent. A whole id is taken as it is: the daemon says when there is none.</summary>
    public static async Task<string> AgentId(this DaemonClient client, string named, CancellationToken aborted) =>
        Guid.TryParseExact(named, "D", out _) ? named.ToLowerInvariant() : (await client.Agent(named, aborted)).Id;

    public static async Task<AgentEntry> Agent(this DaemonClient client, string named, CancellationToken aborted) =>
        Pick(await client.All(aborted), named);

    public static AgentEntry Pick(IReadOnlyList<AgentEntry> agents, string named)
    {
        if (agents.FirstOrDefault(agent => agent.Name == named) is { } exact)
            return exact;
        if (agents.FirstOrDefault(agent => agent.Name.Equals(named, StringComparison.OrdinalIgnoreCase)) is { } similar)
            return similar;
        var byId = named.Length < 4 ? [] : agents.Where(agent => agent.Id.StartsWith(named, StringComparison.OrdinalIgnoreCase)).Take(2).ToArray();
        if (byId.Length == 1)
            return byId[0];
        if (byId.Length > 1)
            throw new CommandException(ExitCode.Usage, $"several agents have an id that begins with \"{named}\"", "give more of it, or the name");
        var near = NearestName.Of(named, agents.Select(agent => agent.Name));
        throw new CommandException(
            ExitCode.NotFound,
            near is null ? $"there is no agent \"{named}\"" : $"there is no agent \"{named}\"; did you mean \"{near}\"?",
            agents.Count == 0 ? "spawn one with: fangd agent spawn assistant" : "list them with: fangd agent list");
    }
}
