using System.Globalization;

namespace Fangd.Engine.Outbound;

/// <summary>What one agent may still receive: <paramref name="limit"/> bytes an hour, counted by <paramref name="meter"/>; 0 and less is nothing.</summary>
public sealed class NetworkAllowance(NetworkMeter meter, string agentId, long limit)
{
    /// <summary>Why nothing more is received now, as a whole sentence, or null.</summary>
    public string? Refusal() => meter.Received(agentId) < limit ? null : Sentence();

    /// <summary>Throws <see cref="OutboundRefusal"/> when nothing more is received now.</summary>
    public void Demand()
    {
        if (Refusal() is { } reason)
            throw new OutboundRefusal(reason);
    }

    /// <summary>Counts what came whether it was allowed or not.</summary>
    public void Count(long bytes) => meter.Count(agentId, bytes);

    /// <summary>Counts what came. Throws <see cref="OutboundRefusal"/> when it is more than was left.</summary>
    public void Take(long bytes)
    {
        if (bytes > 0 && meter.Count(agentId, bytes) > limit)
            throw new OutboundRefusal(Sentence());
    }

    private string Sentence()
    {
        var wait = limit > 0 ? string.Create(CultureInfo.InvariantCulture, $"; more is let in after {meter.MinutesUntilBelow(agentId, limit)} min") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The agent has received as much from the network as max_network_bytes_per_hour of its [resources] allows ({limit} bytes){wait}.");
    }
}
