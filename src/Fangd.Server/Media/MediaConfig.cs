using Fangd.Server.Config;

namespace Fangd.Server.Media;

/// <summary>Which models hear, speak and draw. Null leaves the choice to what has a key: <c>[media]</c> and <c>[tts]</c> of the configuration.</summary>
public sealed record MediaConfig
{
    public required string? TranscriptionProvider { get; init; }
    public required string? TranscriptionModel { get; init; }
    public required string? ImageProvider { get; init; }
    public required string? ImageModel { get; init; }
    public required string? SpeechProvider { get; init; }
    public required string? SpeechModel { get; init; }
    public required string SpeechVoice { get; init; }

    internal static MediaConfig Read(SectionReader media, SectionReader tts)
    {
        var read = new MediaConfig
        {
            TranscriptionProvider = media.OptionalString("transcription_provider"),
            TranscriptionModel = media.OptionalString("transcription_model"),
            ImageProvider = media.OptionalString("image_provider"),
            ImageModel = media.OptionalString("image_model"),
            SpeechProvider = tts.OptionalString("provider"),
            SpeechModel = tts.OptionalString("model"),
            SpeechVoice = tts.String("voice", "alloy"),
        };
        media.Finish();
        tts.Finish();
        return read;
    }
}
