using Fangd.Protocols.OAuth;
using Fangd.Server.Http;

namespace Fangd.Server.Mcp.Authorization;

/// <summary>Questions that users have not answered yet. Each is good for one answer; a restart forgets them.</summary>
internal sealed class PendingAuthorizations(TimeProvider time)
{
    /// <summary>How long an answer is waited for, s.</summary>
    public const int Lifetime = 600;

    private const int Most = 32;

    // Guards _all.
    private readonly Lock _gate = new();
    private readonly List<Pending> _all = [];

    public void Add(string server, AuthorizationRequest request)
    {
        lock (_gate)
        {
            Sweep(null);
            if (_all.Count >= Most)
                throw new ApiException(ApiFault.TooManyRequests, $"{Most} authorizations wait for their users already", TimeSpan.FromMinutes(1));
            _all.Add(new Pending(server, request, time.GetUtcNow().AddSeconds(Lifetime)));
        }
    }

    /// <summary>The question that an answer belongs to, which from then on is answered; null for an answer that nobody waits for.</summary>
    public AuthorizationRequest? Take(string server, string state)
    {
        lock (_gate)
        {
            Sweep(null);
            foreach (var pending in _all)
            {
                if (pending.Server != server || pending.Request.State != state)
                    continue;
                _all.Remove(pending);
                return pending.Request;
            }

            return null;
        }
    }

    /// <summary>Whether anything is asked for a server.</summary>
    public bool Has(string server)
    {
        lock (_gate)
        {
            Sweep(null);
            foreach (var pending in _all)
            {
                if (pending.Server == server)
                    return true;
            }

            return false;
        }
    }

    public void Drop(string server)
    {
        lock (_gate)
            Sweep(server);
    }

    /// <summary>Takes out what is over, and all of a server.</summary>
    private void Sweep(string? server)
    {
        var now = time.GetUtcNow();
        for (var i = _all.Count - 1; i >= 0; i--)
        {
            if (_all[i].Until <= now || _all[i].Server == server)
                _all.RemoveAt(i);
        }
    }

    private sealed class Pending(string server, AuthorizationRequest request, DateTimeOffset until)
    {
        public string Server => server;

        public AuthorizationRequest Request => request;

        public DateTimeOffset Until => until;
    }
}
