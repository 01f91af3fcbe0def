using System.Net;
using Fangd.McpConformance;
using Fangd.Protocols.Mcp.Serving;
using Fangd.Server.Health;
using Fangd.Server.Http;
using Fangd.Server.Logs;
using Fangd.Server.Mcp.Serving;
using Fangd.Server.Metrics;
using Microsoft.Extensions.Logging;

// The daemon's own MCP server, with the fixtures that the public conformance suite asks for in place of fangd's tools.
// Prints its address, and ends when its standard input does. With "client" and an address it is the daemon's MCP client instead.
if (args is ["client", var address])
{
    using var end = new CancellationTokenSource(TimeSpan.FromSeconds(25));
    await ClientHost.Run(new Uri(address), end.Token);
    return 0;
}

using var stopping = new CancellationTokenSource();
using var logs = new LogHub(LogLevel.Warning, Console.Error, false, TimeProvider.System);
using var notices = new McpNotices(TimeProvider.System);
var health = new DaemonHealth(TimeProvider.System);
var server = new McpServer(
    new McpIdentity("fangd-conformance", "1.0.0", null) { TellsToolChanges = true, TellsPromptChanges = true, TellsResourceChanges = true },
    new Fixtures(notices).Methods);
var routes = new RouteTable();
new McpEndpoint(server, notices, new McpHosting(TimeProvider.System, logs.CreateLogger<McpEndpoint>(), health, [], stopping.Token)).Map(routes);

var settings = new HttpSettings
{
    Listeners = [new ListenerSettings(new IPEndPoint(IPAddress.Loopback, 0), DialectName.LibreFang, new RateSettings { RequestsPerSecond = 0 })],
    ApiKey = null,
    CorsOrigins = [],
    TrustedProxies = [],
    MaxBodyBytes = 2 * 1024 * 1024,
};
var clients = new ClientAddress([]);
await using var host = new HttpHost(settings, TimeProvider.System, logs);
await host.Start(
    new HttpPipeline(
        routes,
        new Authenticator(null, false, clients),
        new CorsPolicy([], false),
        clients,
        new HttpMeter(),
        new PipelineContext(TimeProvider.System, () => Guid.NewGuid().ToString("D"), health, logs.CreateLogger<HttpPipeline>(), settings.MaxBodyBytes)),
    CancellationToken.None);
Console.WriteLine($"http://{host.Listeners[0].Address}/mcp");
while (await Console.In.ReadLineAsync() is not null)
{
}

await stopping.CancelAsync();
await host.Stop(CancellationToken.None);
return 0;
