using System.Collections.Immutable;
using Fangd.Engine.Taint;
using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Agents;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Server.Http;
using Fangd.Server.Runs;
using Fangd.Server.Sessions;

namespace Fangd.Server.Agents;

/// <summary>
/// How agents reach one another. <paramref name="runs"/> is asked for at the first call: runs need the tools, and these tools need runs.
/// </summary>
internal sealed class AgentCommunity(AgentRegistry registry, AgentLifecycle lifecycle, SessionStore sessions, Func<RunQueue> runs) : IAgentCommunity
{
    public IReadOnlyList<AgentNeighbour> All => [.. registry.All.Select(Seen)];

    public AgentNeighbour? Find(string idOrName) => registry.ByIdOrName(idOrName) is { } agent ? Seen(agent) : null;

    public async ValueTask<ToolOutcome> Ask(ToolScope caller, AgentNeighbour other, string message, CancellationToken run)
    {
        if (other.Id == caller.AgentId)
            return ToolOutcome.Error("An agent cannot send a message to itself.");
        if (caller.Depth >= TurnLoop.MaxDepth)
            return ToolOutcome.Error($"Agents may call one another at most {TurnLoop.MaxDepth} deep; this call was not made.");
        if (string.IsNullOrWhiteSpace(message))
            return ToolOutcome.Error("The argument \"message\" is empty.");
        if (registry.Find(other.Id) is not { } agent)
            return ToolOutcome.Error($"The agent \"{other.Name}\" has just ended.");

        // The two have a session of their own, so the answer never waits for what else the other agent is busy with. Only a circle of
        // calls would come back to a session that waits for this very call.
        var session = await sessions.OfOrigin(agent.Id, $"agent:{caller.AgentId}");
        var waiting = Waiting(caller);
        if (waiting.Contains(session.Key))
            return ToolOutcome.Error($"\"{agent.Name}\" is waiting for the answer to this very question; answer with what you know.");
        return await Answer(
            new RunRequest
            {
                Agent = agent,
                Session = session,
                Messages = [LlmMessage.User(message)],
                Origin = "agent",
                Depth = caller.Depth + 1,
                Sender = caller.Sender,
                // An agent may tell another what to do; what it read elsewhere stays what it is.
                Taint = ContextTaint.Carried(caller, message) & ContextTaint.Foreign,
                Ancestors = waiting,
            },
            run);
    }

    public async ValueTask<ToolOutcome> Spawn(ToolScope caller, string manifestToml, CancellationToken run)
    {
        if (caller.Depth >= TurnLoop.MaxDepth)
            return ToolOutcome.Error("At this depth of calls no further agent can be created.");
        try
        {
            var agent = await lifecycle.Spawn(manifestToml, caller.AgentId);
            return ToolOutcome.Ok($"Created the agent \"{agent.Name}\" with the id {agent.Id}.");
        }
        catch (ApiException refused)
        {
            return ToolOutcome.Error($"The agent was not created: {refused.Message}.");
        }
    }

    public async ValueTask<ToolOutcome> Kill(ToolScope caller, AgentNeighbour other, CancellationToken run)
    {
        if (registry.Find(other.Id) is not { } agent || !IsDescendant(agent, caller.AgentId))
            return ToolOutcome.Error($"\"{other.Name}\" was not created by you or by an agent that you created, so you cannot end it.");
        try
        {
            await lifecycle.Kill(agent, runs());
            return ToolOutcome.Ok($"The agent \"{agent.Name}\" was ended.");
        }
        catch (ApiException refused)
        {
            return ToolOutcome.Error(refused.Message);
        }
    }

    /// <summary>The sessions that wait for the caller's answer, and the caller's own.</summary>
    private ImmutableArray<long> Waiting(ToolScope caller)
    {
        var request = runs().Find(caller.RunId)?.Request;
        ImmutableArray<long> waiting = request?.Ancestors ?? [];
        return request?.Session is { } own ? waiting.Add(own.Key) : waiting;
    }

    private async ValueTask<ToolOutcome> Answer(RunRequest request, CancellationToken run)
    {
        try
        {
            var asked = runs().Start(request);
            await using var stop = run.UnsafeRegister(static asked => ((Run)asked!).Cancel(), asked);
            var result = await asked.Done;
            return ToolOutcome.Ok(result.IsSilent ? $"{request.Agent.Name} has nothing to say." : result.Text) with { Labels = result.Taint | TaintLabels.UntrustedAgent };
        }
        catch (TurnException failed)
        {
            run.ThrowIfCancellationRequested();
            return ToolOutcome.Error($"{request.Agent.Name} could not answer: {failed.Message}");
        }
        catch (ApiException full)
        {
            return ToolOutcome.Error($"{request.Agent.Name} takes no message now: {full.Message}");
        }
    }

    private bool IsDescendant(Agent agent, string ancestor)
    {
        // A chain of parents cannot be longer than there are agents, whatever the rows say.
        var current = agent;
        for (var steps = registry.Count; steps > 0 && current?.ParentId is { } parent; steps--)
        {
            if (parent == ancestor)
                return true;
            current = registry.Find(parent);
        }
        return false;
    }

    private static AgentNeighbour Seen(Agent agent) =>
        new(agent.Id, agent.Name, agent.Summary.Description, agent.Summary.State);
}
