using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.Media;

namespace Fangd.Engine.Tools.Media;

/// <summary>Turns a recording of the workspace into text.</summary>
public sealed class TranscribeTool(IMediaModels media) : ITool
{
    private static readonly byte[] _schema = """
        {"type":"object","properties":{"path":{"type":"string","description":"A sound file in the workspace"},"language":{"type":"string","description":"Its language as a two-letter code, if known"}},"required":["path"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("media_transcribe", "Writes down what is said in a sound file in your workspace.", _schema, ToolRisk.Low)
    {
        Aliases = ["speech_to_text"],
        IsReadOnly = true,
    };

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run) => MediaToolRun.Run(async () =>
    {
        var path = MediaToolRun.Text(arguments, "path") ?? "";
        var recording = new MediaFile(Path.GetFileName(path), "application/octet-stream", await MediaToolRun.Read(scope, path, run));
        var text = await media.Transcribe(scope, recording, MediaToolRun.Text(arguments, "language"), run);
        // Whoever spoke need not be the owner.
        return ToolOutcome.Ok(text) with { Labels = TaintLabels.UserInput };
    });
}
