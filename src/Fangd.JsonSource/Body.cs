namespace Fangd.JsonSource;

/// <summary>A record of which JSON is made or which is made of JSON.</summary>
internal sealed record Body(string Space, string Name, bool IsAnswer, bool IsRequest, bool HasEquality, bool HasText, Sequence<Field> Fields, Sequence<Fault> Faults);
