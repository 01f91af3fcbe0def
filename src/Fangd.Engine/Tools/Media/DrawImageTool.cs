using System.Text;
using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.Media;

namespace Fangd.Engine.Tools.Media;

/// <summary>Makes pictures from a description.</summary>
public sealed class DrawImageTool(IMediaModels media, TimeProvider time) : ITool
{
    private const int LongestPrompt = 4000;

    private static readonly byte[] _schema = """
        {"type":"object","properties":{"prompt":{"type":"string"},"model":{"type":"string"},"size":{"type":"string","description":"Such as 1024x1024"},"quality":{"type":"string"},"count":{"type":"integer","description":"1 to 4"}},"required":["prompt"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("image_generate", "Makes pictures from a description, saves them in your workspace and tells their paths.", _schema, ToolRisk.Medium)
    {
        Refuses = TaintLabels.Secret,
        Timeout = TimeSpan.FromMinutes(5),
    };

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run) => MediaToolRun.Run(async () =>
    {
        var prompt = MediaToolRun.Text(arguments, "prompt") ?? "";
        if (prompt.Length is 0 or > LongestPrompt)
            return ToolOutcome.Error($"The argument \"prompt\" has {prompt.Length} characters; expected 1 to {LongestPrompt}.");
        var count = arguments.TryGetProperty("count", out var asked) && asked.TryGetInt32(out var number) ? Math.Clamp(number, 1, 4) : 1;
        var wish = new PictureWish(prompt, MediaToolRun.Text(arguments, "size"), MediaToolRun.Text(arguments, "quality"), count);
        var pictures = await media.Draw(scope, MediaToolRun.Text(arguments, "model"), wish, run);
        var told = new StringBuilder();
        for (var i = 0; i < pictures.Count; i++)
        {
            var path = MediaToolRun.NewName(scope, time, $"picture{i + 1}", pictures[i] is [0xFF, 0xD8, ..] ? "jpg" : "png");
            await MediaToolRun.Write(scope, path, pictures[i], run);
            told.AppendLine($"\"{path}\" ({pictures[i].Length} bytes)");
        }

        return ToolOutcome.Ok($"Saved {pictures.Count} pictures:\n{told.ToString().TrimEnd()}");
    });
}
