using Fangd.Server.Agents;
using Fangd.Server.AnthropicCompat;
using Fangd.Server.Http;
using Fangd.Server.OpenAiCompat.Responses;
using Fangd.Server.Runs;

namespace Fangd.Server.OpenAiCompat;

/// <summary>The doors for clients of model providers: OpenAI's two APIs and Anthropic's, each with every agent as a model.</summary>
internal sealed class DoorsFeature(Foundation on, AgentsFeature agents, RunQueue queue)
{
    public void Map(RouteTable routes)
    {
        var (names, sessions, runs) = (new ModelNames(agents.Registry), new ChatSessions(agents.Sessions), new DoorRuns(queue));
        new OpenAiEndpoints(agents.Registry, names, sessions, runs, on.Time, on.NewId).Map(routes);
        new ResponsesEndpoints(names, sessions, runs, new ResponseStore(on.Database, on.Time), on).Map(routes);
        new MessagesEndpoints(names, sessions, runs, on.NewId).Map(routes);
    }
}
