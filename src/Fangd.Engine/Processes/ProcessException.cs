namespace Fangd.Engine.Processes;

/// <summary>A process could not be started. The message is one sentence without its full stop, fit for the user.</summary>
public sealed class ProcessException(string message) : Exception(message);
