using System.Text;
using System.Text.Json;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Tools.Events;

/// <summary>Publishes an event.</summary>
public sealed class PublishEventTool(IEventOutlet outlet) : ITool
{
    private const int MaxPayloadBytes = 16 * 1024;
    private const int MaxTypeLength = 64;

    private static readonly byte[] _schema = """
        {"type":"object","properties":{"event_type":{"type":"string","description":"Letters, digits, dots, dashes and underscores"},"payload":{"description":"Text or any JSON value"}},"required":["event_type"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("event_publish", "Publishes an event on the daemon's event bus.", _schema, ToolRisk.Low)
    {
        Refuses = TaintLabels.Secret,
    };

    public async ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var type = arguments.GetProperty("event_type").GetString()!;
        if (type.Length is 0 or > MaxTypeLength || !type.All(symbol => char.IsAsciiLetterOrDigit(symbol) || symbol is '.' or '-' or '_'))
            return ToolOutcome.Error($"The argument \"event_type\" must be 1 to {MaxTypeLength} letters, digits, dots, dashes and underscores.");
        var payload = arguments.TryGetProperty("payload", out var given) ? given.GetRawText() : "null";
        if (Encoding.UTF8.GetByteCount(payload) > MaxPayloadBytes)
            return ToolOutcome.Error($"The argument \"payload\" is larger than {MaxPayloadBytes} bytes.");
        await outlet.Publish(scope.AgentId, type, payload, run);
        return ToolOutcome.Ok($"Published \"{type}\".");
    }
}
