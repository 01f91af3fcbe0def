using Fangd.Protocols.Llm;
using Fangd.Server.Agents;
using Fangd.Server.Approvals;
using Fangd.Server.Http;
using Fangd.Server.Providers;
using Fangd.Server.Runs;
using Fangd.Server.Sessions;

namespace Fangd.Server.Commands;

/// <summary>The slash commands of a chat. They act on the agent and never reach the model.</summary>
internal sealed class ChatCommands(AgentRegistry registry, AgentLifecycle lifecycle, SessionActions sessions, RunQueue runs, RunStore used, ModelLookup models)
{
    private static readonly (string Cmd, string Desc)[] Known =
    [
        ("/help", "Show available commands"),
        ("/new", "Start a new session (the old one is kept)"),
        ("/reset", "Clear the current session"),
        ("/compact", "Summarise the session so far"),
        ("/model", "Show or switch the model (/model [name])"),
        ("/stop", "Cancel the current run"),
        ("/usage", "Show tokens and cost of this session"),
        ("/think", "Extended thinking (/think [on|off|stream])"),
        ("/models", "List the models of the agent's provider"),
        ("/providers", "List providers and whether their key is set"),
        ("/agents", "List agents"),
        ("/status", "Show the agent, its model and session"),
        ("/approvals", "List the tool calls that wait for approval"),
        ("/approve", "Approve a call (/approve [id] [code])"),
        ("/reject", "Reject a call (/reject [id] [why])"),
    ];

    public static ChatCommandList All { get; } = new([.. Known.Select(c => new ChatCommandItem(c.Cmd, c.Desc, null))]);

    public required ApprovalCommands Approvals { get; init; }

    public void Map(RouteTable routes) => routes.Get("/api/commands", exchange => exchange.Ok(All));

    /// <summary>Runs one command line such as <c>/model gpt-4o</c>; the text to show. Refusals are texts too.</summary>
    public async Task<string> Run(Agent agent, string line, ChatOptions options, CancellationToken aborted)
    {
        var space = line.IndexOf(' ');
        var name = (space < 0 ? line : line[..space]).TrimEnd().ToLowerInvariant();
        var argument = space < 0 ? "" : line[(space + 1)..].Trim();
        try
        {
            return name switch
            {
                "/help" => string.Join('\n', Known.Select(c => $"{c.Cmd}  {c.Desc}")),
                "/new" => await NewSession(agent),
                "/reset" or "/clear" => await Reset(agent),
                "/compact" => (await sessions.Compact(agent, aborted)).Message,
                "/model" => argument.Length == 0 ? Model(agent) : await SwitchModel(agent, argument),
                "/stop" => runs.StopAgent(agent.Id) > 0 ? "Run cancelled" : "No active run",
                "/usage" => await Usage(agent),
                "/think" => Think(argument, options),
                "/models" => await Models(agent, aborted),
                "/providers" => string.Join('\n', models.Providers().Select(p => $"{p.Id}  {p.AuthStatus}")),
                "/agents" => string.Join('\n', registry.All.Take(100).Select(a => $"{a.Name}  {a.Id}")),
                "/status" => $"{agent.Name} ({agent.Id})\n{Model(agent)}\nsession {agent.Session.Id}\n{(runs.IsBusy(agent.Id) ? "running" : "idle")}",
                "/approvals" => Approvals.List(),
                "/approve" => await Approvals.Approve(argument, aborted),
                "/reject" => await Approvals.Reject(argument),
                _ => $"Unknown command {name}; /help lists the commands",
            };
        }
        catch (ApiException refusal)
        {
            return refusal.Message;
        }
        catch (LlmException failure)
        {
            return failure.Message;
        }
    }

    private async Task<string> NewSession(Agent agent)
    {
        var session = await sessions.Create(agent, null);
        return $"New session {session.Id}";
    }

    private async Task<string> Reset(Agent agent)
    {
        await sessions.Reset(agent);
        return "Session cleared";
    }

    private string Model(Agent agent)
    {
        var model = models.Of(agent);
        return $"model {model.Provider}/{model.Model}";
    }

    private async Task<string> SwitchModel(Agent agent, string name)
    {
        var provider = models.Of(agent).Provider;
        await lifecycle.Change(agent, text => ManifestEdit.Set(ManifestEdit.Set(text, ["model", "provider"], provider), ["model", "model"], name));
        return $"model {provider}/{name}";
    }

    private async Task<string> Usage(Agent agent)
    {
        var total = await used.OfSession(agent.Session.Key);
        return $"{total.Input} input and {total.Output} output tokens in {total.Runs} runs, {total.CostUsd:0.####} USD";
    }

    private async Task<string> Models(Agent agent, CancellationToken aborted)
    {
        var names = await models.Names(agent, aborted);
        return names.Count == 0 ? "The provider lists no models" : string.Join('\n', names);
    }

    private static string Think(string argument, ChatOptions options)
    {
        switch (argument.ToLowerInvariant())
        {
            case "on":
                (options.Thinks, options.StreamsThinking) = (true, false);
                break;
            case "off":
                (options.Thinks, options.StreamsThinking) = (false, false);
                break;
            case "stream":
                (options.Thinks, options.StreamsThinking) = (true, true);
                break;
            case "":
                options.Thinks = !options.Thinks;
                options.StreamsThinking &= options.Thinks;
                break;
            default:
                return "Say /think on, /think off or /think stream";
        }

        return options.StreamsThinking ? "Thinking is on and shown" : options.Thinks ? "Thinking is on" : "Thinking is off";
    }
}

/// <summary>What a chat window has switched on; lasts as long as its connection.</summary>
internal sealed class ChatOptions
{
    public bool Thinks { get; set; }

    public bool StreamsThinking { get; set; }
}
