using System.Net;
using System.Net.Sockets;
using Fangd.Engine.Outbound;

namespace Fangd.UnitTests.Outbound;

/// <summary>A name server whose every answer is written down by the test; a further question gets the further answer.</summary>
internal sealed class Names
{
    private readonly Dictionary<string, Queue<string>> _answers = [];

    /// <summary>How often anything was looked up.</summary>
    public int Lookups { get; private set; }

    /// <param name="host">The name.</param>
    /// <param name="answers">Addresses, separated by spaces; one text a question.</param>
    public Names With(string host, params string[] answers)
    {
        _answers[host] = new Queue<string>(answers);
        return this;
    }

    public Task<IPAddress[]> Resolve(string host, CancellationToken cancel)
    {
        Lookups++;
        if (!_answers.TryGetValue(host, out var answers))
            throw new SocketException((int)SocketError.HostNotFound);
        var answer = answers.Count > 1 ? answers.Dequeue() : answers.Peek();
        return Task.FromResult(answer.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IPAddress.Parse).ToArray());
    }

    public OutboundHttp Out(OutboundRules? rules = null) => new(rules ?? new OutboundRules(), TimeProvider.System, Resolve);

    public OutboundHttp Out(params string[] agentHosts) => Out(new OutboundRules { AgentHosts = [.. agentHosts.Select(host => HostAllowance.Parse(host)!)] });
}
