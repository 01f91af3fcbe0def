using Fangd.Protocols.Llm;

namespace Fangd.Engine.Turns;

/// <summary>Tool calls that a model printed instead of making them, and the text around them.</summary>
public readonly record struct PrintedCalls(string Text, IReadOnlyList<LlmToolCall> Calls);

/// <summary>Finds printed calls of offered tools in a whole answer; null when there are none.</summary>
public delegate PrintedCalls? FindPrintedCalls(string text, IReadOnlyList<LlmTool> offered);
