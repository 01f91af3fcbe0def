using Fangd.Engine.Turns;

namespace Fangd.TestKit;

/// <summary>Keeps the events of a run, in order.</summary>
public sealed class RecordingSink : IRunSink
{
    private readonly List<RunEvent> _events = [];

    public IReadOnlyList<RunEvent> Events => _events;

    /// <summary>The streamed text, joined.</summary>
    public string Text => string.Concat(Deltas);

    public IEnumerable<string> Deltas => _events.OfType<TextDelta>().Select(delta => delta.Text);

    public void Emit(RunEvent happened) => _events.Add(happened);
}
