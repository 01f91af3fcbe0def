namespace Fangd.Engine.Tools;

/// <summary>Looks at what a tool answered before the model reads it.</summary>
public interface IOutcomeInspector
{
    /// <summary>The outcome as the model is to read it: unchanged, with further labels, or with a note. Must not throw.</summary>
    ToolOutcome Inspect(GatedCall call, ToolOutcome outcome);
}
