using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.Media;

namespace Fangd.Engine.Tools.Media;

/// <summary>The models that hear, speak, see and draw, as they are configured. Each call counts for the agent's budget. Failures are
/// <see cref="LlmException"/>, a budget that is used up <see cref="Turns.TurnException"/>.</summary>
public interface IMediaModels
{
    /// <summary>What is said in a recording.</summary>
    Task<string> Transcribe(ToolScope scope, MediaFile recording, string? language, CancellationToken run);

    /// <summary>The text as sound; the configured voice where none is named.</summary>
    Task<byte[]> Speak(ToolScope scope, string text, string? voice, string format, CancellationToken run);

    /// <summary>Pictures as files; the configured model where none is named.</summary>
    Task<IReadOnlyList<byte[]>> Draw(ToolScope scope, string? model, PictureWish wish, CancellationToken run);

    /// <summary>What the agent's own model says of a picture.</summary>
    Task<string> Describe(ToolScope scope, LlmImage image, string prompt, CancellationToken run);
}
