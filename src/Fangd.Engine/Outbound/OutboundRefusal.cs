namespace Fangd.Engine.Outbound;

/// <summary>
/// A request that is not made, or whose answer is not taken. The message is one sentence that names what was refused and, where it can be
/// allowed, how; it may go to a model or a client word for word.
/// </summary>
public sealed class OutboundRefusal(string message) : HttpRequestException(message);
