namespace Fangd.Engine.Tools.Shell;

/// <summary>A command that does not run. The message is the end of a sentence, for the model and for the user.</summary>
public sealed class CommandRefusal(string reason) : Exception(reason);
