using Fangd.Engine.Turns;

namespace Fangd.Server.OpenAiCompat;

/// <summary>Renders the events of a run in the wire shape of one protocol. One use.</summary>
internal interface IRunRenderer
{
    /// <summary>Set by the last event, or by a failure that was told in the protocol's way.</summary>
    bool IsEnded { get; }

    /// <summary>Writes and flushes what happened; nothing happened when it is time to keep the connection alive.</summary>
    /// <param name="happened">In order.</param>
    /// <param name="isCutOff">The reader fell too far behind: events are missing, and the stream must end with an error.</param>
    ValueTask Write(IReadOnlyList<RunEvent> happened, bool isCutOff);
}
