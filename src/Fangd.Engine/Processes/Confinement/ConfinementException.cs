namespace Fangd.Engine.Processes.Confinement;

/// <summary>A wall that the kernel has could not be put up; the program behind it must not run.</summary>
internal sealed class ConfinementException(string step) : Exception($"{step} failed with {ErrorWords.Of(ConfinementCalls.LastError())}");
