using Fangd.Engine.Outbound;
using Fangd.Engine.Processes;
using Fangd.Protocols.Mcp.Client;
using Fangd.Server.Mcp.Authorization;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Mcp;

/// <summary>What connections are made with.</summary>
/// <param name="Http">For addresses of an administrator.</param>
/// <param name="Meter">Counts what agents receive from there.</param>
/// <param name="Programs">Starts the programs of servers.</param>
/// <param name="Home">Where these programs begin.</param>
/// <param name="LookUp">Finds a credential by the name of its variable.</param>
/// <param name="Authorize">Has tokens for servers that want them; null for those that cannot.</param>
/// <param name="Identity">What servers are told of the daemon.</param>
/// <param name="Sampling">Answers servers that may ask a model.</param>
/// <param name="Time">The clock.</param>
/// <param name="Log">For connections that are made and lost.</param>
internal sealed record McpPieces(
    Func<HttpClient> Http,
    NetworkMeter Meter,
    ProcessRunner Programs,
    string Home,
    Func<string, string?> LookUp,
    Func<McpServerSettings, McpAuthorization?> Authorize,
    McpClientIdentity Identity,
    McpSampling Sampling,
    TimeProvider Time,
    ILogger Log);
