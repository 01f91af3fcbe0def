namespace Fangd.Protocols.Sse;

/// <summary>An event stream broke a bound of its reader.</summary>
public sealed class SseException(string message) : Exception(message);
