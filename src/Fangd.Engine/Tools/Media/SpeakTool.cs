using System.Text.Json;

namespace Fangd.Engine.Tools.Media;

/// <summary>Turns text into a sound file.</summary>
public sealed class SpeakTool(IMediaModels media, TimeProvider time) : ITool
{
    private const int LongestText = 4096;

    private static readonly byte[] _schema = """
        {"type":"object","properties":{"text":{"type":"string"},"voice":{"type":"string"},"format":{"type":"string","enum":["mp3","opus","aac","flac","wav"]}},"required":["text"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("text_to_speech", "Speaks a text into a sound file in your workspace and tells its path.", _schema, ToolRisk.Low);

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run) => MediaToolRun.Run(async () =>
    {
        var text = MediaToolRun.Text(arguments, "text") ?? "";
        if (text.Length is 0 or > LongestText)
            return ToolOutcome.Error($"The argument \"text\" has {text.Length} characters; expected 1 to {LongestText}.");
        var format = MediaToolRun.Text(arguments, "format") ?? "mp3";
        var path = MediaToolRun.NewName(scope, time, "speech", format);
        var sound = await media.Speak(scope, text, MediaToolRun.Text(arguments, "voice"), format, run);
        await MediaToolRun.Write(scope, path, sound, run);
        return ToolOutcome.Ok($"Spoken into \"{path}\" ({sound.Length} bytes).");
    });
}
