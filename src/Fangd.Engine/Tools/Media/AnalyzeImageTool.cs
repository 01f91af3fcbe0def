using System.Text.Json;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Tools.Media;

/// <summary>Shows a picture of the workspace to the agent's model.</summary>
public sealed class AnalyzeImageTool(IMediaModels media) : ITool
{
    private static readonly byte[] _schema = """
        {"type":"object","properties":{"path":{"type":"string","description":"A PNG, JPEG, GIF or WebP file in the workspace"},"prompt":{"type":"string","description":"What you want to know of it"}},"required":["path"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("image_analyze", "Describes a picture in your workspace, or answers a question about it.", _schema, ToolRisk.Low)
    {
        Aliases = ["media_describe"],
        IsReadOnly = true,
    };

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run) => MediaToolRun.Run(async () =>
    {
        var path = MediaToolRun.Text(arguments, "path") ?? "";
        var bytes = await MediaToolRun.Read(scope, path, run);
        if (TypeOf(bytes) is not { } type)
            return ToolOutcome.Error($"\"{path}\" is no PNG, JPEG, GIF or WebP picture.");
        var prompt = MediaToolRun.Text(arguments, "prompt") ?? "Describe this picture.";
        return ToolOutcome.Ok(await media.Describe(scope, new LlmImage(type, Convert.ToBase64String(bytes), null), prompt, run));
    });

    private static string? TypeOf(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [0x89, 0x50, 0x4E, 0x47, ..] => "image/png",
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [0x47, 0x49, 0x46, 0x38, ..] => "image/gif",
        [0x52, 0x49, 0x46, 0x46, _, _, _, _, 0x57, 0x45, 0x42, 0x50, ..] => "image/webp",
        _ => null,
    };
}
