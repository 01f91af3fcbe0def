using Fangd.Protocols.Llm;

namespace Fangd.Engine.Turns;

/// <summary>Something that is remembered and stands in the context unasked, with the labels that it was kept with.</summary>
public sealed record RecalledNote(string Text, TaintLabels Taint);
