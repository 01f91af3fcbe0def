using Fangd.Protocols.OAuth;
using Fangd.Server.Http;

namespace Fangd.Server.Mcp.Authorization;

/// <summary>Questions that users have not answered yet. Each is good for one answer within ten minutes; a restart forgets them.</summary>
internal sealed class PendingAuthorizations(TimeProvider time)
{
    private const int Most = 32;

    private static readonly TimeSpan _lifetime = TimeSpan.FromMinutes(10);

    // Guards _byState.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (string Server, AuthorizationRequest Request, DateTimeOffset Until)> _byState = new(StringComparer.Ordinal);

    /// <summary>Until when an answer is taken.</summary>
    public DateTimeOffset Add(string server, AuthorizationRequest request)
    {
        lock (_gate)
        {
            Sweep();
            if (_byState.Count >= Most)
                throw new ApiException(ApiFault.TooManyRequests, $"{Most} authorizations wait for their users already", TimeSpan.FromMinutes(1));
            var until = time.GetUtcNow() + _lifetime;
            _byState.Add(request.State, (server, request, until));
            return until;
        }
    }

    /// <summary>The question that an answer belongs to, which from then on is answered; null for an answer that nobody waits for.</summary>
    public AuthorizationRequest? Take(string server, string state)
    {
        lock (_gate)
        {
            Sweep();
            if (!_byState.TryGetValue(state, out var pending) || pending.Server != server)
                return null;
            _byState.Remove(state);
            return pending.Request;
        }
    }

    /// <summary>Whether anything is asked for a server.</summary>
    public bool Has(string server)
    {
        lock (_gate)
        {
            Sweep();
            return _byState.Values.Any(pending => pending.Server == server);
        }
    }

    public void Drop(string server)
    {
        lock (_gate)
        {
            foreach (var (state, pending) in _byState.ToList())
            {
                if (pending.Server == server)
                    _byState.Remove(state);
            }
        }
    }

    private void Sweep()
    {
        var now = time.GetUtcNow();
        foreach (var (state, pending) in _byState.ToList())
        {
            if (pending.Until <= now)
                _byState.Remove(state);
        }
    }
}
