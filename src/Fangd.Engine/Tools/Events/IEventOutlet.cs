namespace Fangd.Engine.Tools.Events;

/// <summary>Where agents publish events that others may react to.</summary>
public interface IEventOutlet
{
    /// <summary>Publishes one event; it is durable when this returns. The payload is JSON text.</summary>
    ValueTask Publish(string agentId, string type, string payload, CancellationToken run);
}
