using System.Text.Json;
using Fangd.Engine.Audit;
using Fangd.Engine.Outbound;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Tools.Web;

/// <summary>Fetches a page or an API's answer from the public web.</summary>
public sealed class WebFetchTool(OutboundHttp outbound, WebFetchSettings settings, TimeProvider time) : IGuardedTool
{
    private static readonly byte[] _schema = """
        {"type":"object","properties":{"url":{"type":"string","description":"http:// or https://"},"method":{"type":"string","description":"GET unless given"},"headers":{"type":"object","description":"Names and values"},"body":{"type":"string"}},"required":["url"]}
        """u8.ToArray();

    private readonly PageFetch _fetch = new(settings);
    private readonly TextCache _cache = new(settings.CacheTtl, time);

    public ToolSpec Spec { get; } = new("web_fetch", "Fetches a web page as Markdown, or the answer of a web API as it is.", _schema, ToolRisk.Medium)
    {
        Refuses = TaintLabels.Secret | TaintLabels.Pii,
        AuditedAs = AuditAction.NetworkAccess,
        // Its own limit ends it with a sentence first.
        Timeout = settings.Timeout + TimeSpan.FromSeconds(10),
    };

    public string? Denial(JsonElement arguments, ToolScope scope) => NetworkReach.Denial(scope.Agent, FetchRequest.UrlOf(arguments));

    public async ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        using var timeout = new CancellationTokenSource(settings.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(run, timeout.Token);
        try
        {
            return await Fetch(FetchRequest.Read(arguments), scope, either.Token);
        }
        catch (OutboundRefusal refusal)
        {
            return ToolOutcome.Error(refusal.Message);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !run.IsCancellationRequested)
        {
            return ToolOutcome.Error($"The answer did not arrive within {settings.Timeout.TotalSeconds} s.");
        }
    }

    private async Task<ToolOutcome> Fetch(FetchRequest request, ToolScope scope, CancellationToken cancel)
    {
        var key = request.Url.AbsoluteUri;
        if (request.IsPlain && Cached(key, scope) is { } kept)
            return Outcome(request.Url, kept, isError: false);

        var targets = new List<OutboundTarget>();
        using var message = request.ToMessage();
        message.Options.Set(OutboundHttp.Reach, target =>
        {
            targets.Add(target);
            return NetworkReach.Denial(scope.Agent, target) is { } denial ? $"The request is denied: {denial}." : null;
        });
        message.Options.Set(OutboundHttp.Allowance, outbound.Meter.For(scope.AgentId, scope.Agent.Resources.MaxNetworkBytesPerHour));
        using var response = await outbound.For(OutboundTrust.Agent).SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancel);
        var text = await _fetch.Read(response, cancel);
        if (request.IsPlain && response.IsSuccessStatusCode)
            _cache.Keep(key, text, targets);
        return Outcome(response.RequestMessage!.RequestUri!, text, !response.IsSuccessStatusCode);
    }

    /// <summary>A page that another agent fetched may have come by way of hosts that are closed to this one.</summary>
    private string? Cached(string key, ToolScope scope)
    {
        if (_cache.Find(key, out var hosts) is not { } text)
            return null;
        return hosts.All(host => NetworkReach.Denial(scope.Agent, host) is null) ? text : null;
    }

    private static ToolOutcome Outcome(Uri from, string text, bool isError) =>
        new(ExternalContent.Wrap(from.IdnHost, text), isError) { Labels = TaintLabels.ExternalNetwork };
}
