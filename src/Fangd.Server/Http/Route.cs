namespace Fangd.Server.Http;

/// <summary>Handles one request. What it throws becomes an error body.</summary>
internal delegate Task RouteHandler(Exchange exchange);

/// <summary>Who may call a route.</summary>
internal enum RouteAccess
{
    /// <summary>Whoever has the API key.</summary>
    Key,
    Public,
    /// <summary>The route checks a credential of its own.</summary>
    OwnToken,
}

/// <summary>The classes that the dialect agentos limits by the hour.</summary>
internal enum RateClass
{
    Read,
    Write,
    Message,
    WorkflowRun,
}

/// <summary>One METHOD + path of the API and what holds before its handler runs.</summary>
internal sealed class Route(string method, string pattern, RouteHandler handler)
{
    public string Method => method;

    /// <summary>The path with its parameters in braces; also the label in metrics.</summary>
    public string Pattern => pattern;

    public RouteHandler Handler => handler;

    public string[] Parameters { get; } = [.. pattern.Split('/').Where(s => s.StartsWith('{')).Select(s => s[1..s.IndexOf('}')].TrimEnd('+'))];

    public RouteAccess Access { get; private set; } = RouteAccess.Key;

    public RateClass Class { get; private set; } = method is "GET" ? RateClass.Read : RateClass.Write;

    /// <summary>Rate-limit tokens; 0 exempts the route.</summary>
    public int Cost { get; private set; } = method is "GET" ? 1 : 2;

    /// <summary>Most bytes of the body; null for the configured limit of JSON bodies.</summary>
    public long? BodyLimit { get; private set; }

    /// <summary>Browsers cannot set headers on WebSocket and EventSource: there the key may be <c>?token=</c>.</summary>
    public bool TakesQueryToken { get; private set; }

    public Route Public()
    {
        Access = RouteAccess.Public;
        return this;
    }

    public Route OwnToken()
    {
        Access = RouteAccess.OwnToken;
        return this;
    }

    public Route Costs(int tokens)
    {
        Cost = tokens;
        return this;
    }

    public Route In(RateClass rateClass)
    {
        Class = rateClass;
        return this;
    }

    public Route MaxBody(long bytes)
    {
        BodyLimit = bytes;
        return this;
    }

    public Route QueryToken()
    {
        TakesQueryToken = true;
        return this;
    }
}
