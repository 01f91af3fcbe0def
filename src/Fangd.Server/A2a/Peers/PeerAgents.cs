using Fangd.Protocols.A2a;
using Fangd.Server.Http;
using Fangd.Server.Vault;

namespace Fangd.Server.A2a.Peers;

/// <summary>
/// Agents elsewhere: found by their card, kept with it, and sent to once they are approved. A token goes to the address that it was given for
/// and to no other that a card may name.
/// </summary>
internal sealed class PeerAgents(PeerStore store, KeyStore keys, PeerTargets targets, Foundation on)
{
    private static readonly TimeSpan TimeForCard = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan TimeForAnswer = TimeSpan.FromMinutes(9);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private static readonly string[] _cardEndings = ["/.well-known/agent-card.json", "/.well-known/agent.json"];

    private readonly A2aClient _client = new(() => targets.Http);

    public PeerStore Store => store;

    /// <summary>Where an agent's card is looked for, as it is kept. 400 for what is not called.</summary>
    public string Address(string? url)
    {
        if (string.IsNullOrWhiteSpace(url))
            throw ApiException.BadRequest("url is missing");
        url = url.Trim();
        if (url.Length > 2048)
            throw ApiException.BadRequest("url is longer than 2048 characters");
        if (targets.Refusal(url) is { } why)
            throw ApiException.BadRequest($"url: {why}");
        var kept = new Uri(url).GetLeftPart(UriPartial.Path).TrimEnd('/');
        foreach (var ending in _cardEndings)
            kept = kept.EndsWith(ending, StringComparison.Ordinal) ? kept[..^ending.Length] : kept;
        return kept;
    }

    /// <summary>Reads the card at an address and keeps the agent. 502 when there is none.</summary>
    public async Task<Peer> Discover(string address, string? token, bool approve, CancellationToken aborted)
    {
        token ??= store.OfUrl(address) is { } known ? keys.Find(known.TokenName) : null;
        var text = await InTime(TimeForCard, patience => _client.FetchCard(address, token, patience), address, aborted);
        A2aCard card;
        try
        {
            card = Peer.ReadCard(text);
        }
        catch (A2aFault wrong)
        {
            throw Failed(address, $"its card is not one: {wrong.Message}");
        }

        return await Remember(await store.Keep(address, card.Name, text, approve), token);
    }

    /// <summary>Keeps a token for the agent, in the vault.</summary>
    public async Task<Peer> Remember(Peer peer, string? token)
    {
        if (token is { Length: > 0 } && keys.Find(peer.TokenName) != token)
            await keys.Set(peer.TokenName, token);
        return peer;
    }

    public async Task<bool> Delete(Peer peer)
    {
        await keys.Remove(peer.TokenName);
        return await store.Delete(peer.Id);
    }

    /// <summary>Sends a message and waits for the end of its task, as long as <see cref="TimeForAnswer"/>; then it is told as it is.</summary>
    public async Task<A2aTask> Send(Peer peer, string text, string? sessionId, CancellationToken aborted)
    {
        DemandApproved(peer);
        if (peer.Card is null)
            peer = await Discover(peer.Url, null, approve: true, aborted);
        var token = keys.Find(peer.TokenName);
        var message = new A2aMessage { Id = on.NewId(), IsFromAgent = false, Parts = [A2aPart.Of(text)], ContextId = sessionId };
        var started = on.Time.GetTimestamp();
        var (via, task) = await InTime(TimeForAnswer, patience => SendAnyWay(peer, message, token, patience), peer.Url, aborted);
        await store.Sent(task.Id, peer.Id);
        for (var pause = TimeSpan.FromMilliseconds(250); !task.Status.State.IsAtRest() && on.Time.GetElapsedTime(started) < TimeForAnswer; pause = Min(pause * 2, LongestPause))
        {
            await Task.Delay(pause, on.Time, aborted);
            var id = task.Id;
            task = await InTime(TimeForCard, patience => _client.Get(via, id, TokenFor(peer, via, token), patience), peer.Url, aborted);
        }

        return task;
    }

    /// <summary>A task that an agent has; 404 when it does not know it.</summary>
    public async Task<A2aTask> Ask(Peer peer, string taskId, CancellationToken aborted)
    {
        DemandApproved(peer);
        if (peer.Card is null)
            peer = await Discover(peer.Url, null, approve: true, aborted);
        var token = keys.Find(peer.TokenName);
        return await InTime(
            TimeForCard,
            async patience =>
            {
                foreach (var via in Ways(peer))
                {
                    try
                    {
                        return await _client.Get(via, taskId, TokenFor(peer, via, token), patience);
                    }
                    catch (A2aPeerException refused) when (refused.IsNotSpoken || refused.IsTaskUnknown)
                    {
                        // The next way may know it.
                    }
                }

                throw ApiException.NotFound($"{peer.Name} has no task '{taskId}'");
            },
            peer.Url,
            aborted);
    }

    private async Task<(A2aInterface Via, A2aTask Task)> SendAnyWay(Peer peer, A2aMessage message, string? token, CancellationToken patience)
    {
        A2aPeerException? refusal = null;
        foreach (var via in Ways(peer))
        {
            try
            {
                return (via, await _client.Send(via, message, peer.Card!.Streams, TokenFor(peer, via, token), patience));
            }
            catch (A2aPeerException refused) when (refused.IsNotSpoken)
            {
                // What came first is what the card prefers: its reason is the one to tell.
                refusal ??= refused;
            }
        }

        throw refusal!;
    }

    /// <summary>What the card offers and we may call, then the documents' own way, which no card names.</summary>
    private IEnumerable<A2aInterface> Ways(Peer peer) => peer.Card!.Interfaces
        .Where(via => targets.Refusal(via.Url) is null)
        .Append(new A2aInterface(peer.Url, A2aBinding.Plain, null));

    private static string? TokenFor(Peer peer, A2aInterface via, string? token) =>
        Uri.Compare(new Uri(peer.Url), new Uri(via.Url), UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0 ? token : null;

    private static void DemandApproved(Peer peer)
    {
        if (!peer.IsApproved)
            throw new ApiException(ApiFault.Forbidden, $"the agent '{peer.Name}' was found by an agent of yours and is not approved: POST /api/a2a/agents/{peer.Id}/approve");
    }

    private async Task<T> InTime<T>(TimeSpan time, Func<CancellationToken, Task<T>> call, string address, CancellationToken aborted)
    {
        using var patience = new CancellationTokenSource(time, on.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, aborted);
        try
        {
            return await call(either.Token);
        }
        catch (A2aPeerException failed)
        {
            throw Failed(address, failed.Message);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            throw Failed(address, $"it did not answer within {time.TotalSeconds} s");
        }
    }

    private static ApiException Failed(string address, string why) => new(ApiFault.BadGateway, $"the agent at {address}: {why}");

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
