using Fangd.Server.Http;

namespace Fangd.Server.Providers;

/// <summary>The device login of GitHub Copilot: begin it, then ask until the user has typed the code.</summary>
internal sealed class CopilotEndpoints(CopilotLogin login)
{
    public void Map(RouteTable routes)
    {
        routes.Post("/api/providers/github-copilot/oauth/start", Start).Costs(5);
        routes.Get("/api/providers/github-copilot/oauth/poll/{poll_id}", Poll);
    }

    private async Task Start(Exchange exchange) => await exchange.Ok(await login.Start(exchange.Aborted));

    private async Task Poll(Exchange exchange) =>
        await exchange.Ok(await login.Poll(exchange.Value("poll_id"), exchange.Aborted));
}
