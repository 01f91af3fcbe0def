using Fangd.Engine.Tools;
using Fangd.Engine.Tools.A2a;
using Fangd.Protocols.A2a;
using Fangd.Protocols.Llm;
using Fangd.Server.Http;

namespace Fangd.Server.A2a.Peers;

/// <summary>
/// What our agents may do with agents elsewhere. <paramref name="found"/> goes by the rules for addresses that an agent chose, <paramref name="approved"/>
/// by those for addresses that a person approved.
/// </summary>
internal sealed class PeerTools(PeerAgents found, PeerAgents approved) : IPeerAgents
{
    private const TaintLabels Foreign = TaintLabels.UntrustedAgent | TaintLabels.ExternalNetwork;

    public ValueTask<ToolOutcome> Discover(string url, CancellationToken run) => Told(async () =>
    {
        var peer = await found.Discover(found.Address(url), null, approve: false, run);
        var detail = peer.Shown();
        var next = peer.IsApproved
            ? "It is approved: a2a_send reaches it."
            : "It is not approved yet: a person has to approve it before you can send to it.";
        return $"{detail.Name} at {detail.Url}\n{detail.Description}\nSkills: {string.Join(", ", detail.Skills)}\n{next}";
    });

    public ValueTask<ToolOutcome> Send(PeerQuestion question, CancellationToken run) => Told(async () =>
    {
        var peer = Find(question);
        if (peer is not { IsApproved: true })
            throw ApiException.NotFound(Unknown(question, peer));
        var task = await approved.Send(peer, question.Message, question.SessionId, run);
        var state = task.Status.State is A2aState.Completed ? "" : $"[the task {task.Id} is {Serving.TaskEndpoints.Word(task.Status.State)}]\n";
        var session = task.ContextId.Length > 0 ? $"\n[session_id: {task.ContextId}]" : "";
        return state + task.Answer + session;
    });

    private Peer? Find(PeerQuestion question)
    {
        if (question.Url is { } url)
            return approved.Store.OfUrl(approved.Address(url));
        return approved.Store.Named(question.Name!) ?? approved.Store.Find(question.Name!);
    }

    private string Unknown(PeerQuestion question, Peer? peer)
    {
        if (peer is not null)
            return $"the external agent '{peer.Name}' is not approved yet: a person has to do that";
        var known = approved.Store.All().Where(one => one.IsApproved).Select(one => one.Name).Take(20).ToList();
        var others = known.Count == 0 ? "there is none" : $"approved are: {string.Join(", ", known)}";
        return $"no external agent '{question.Url ?? question.Name}' is known; {others}";
    }

    private static async ValueTask<ToolOutcome> Told(Func<Task<string>> work)
    {
        try
        {
            return ToolOutcome.Ok(await work()) with { Labels = Foreign };
        }
        catch (ApiException refused)
        {
            // What the other side gave as its reason is foreign too.
            return ToolOutcome.Error($"{char.ToUpperInvariant(refused.Message[0])}{refused.Message[1..]}.") with { Labels = Foreign };
        }
    }
}
