using System.Text;
using System.Text.Json;
using Fangd.Engine.Tools.Files;
using Fangd.Protocols.Llm;
using Fangd.Server.Agents;
using Fangd.Server.Http;

namespace Fangd.Server.Files;

/// <summary>
/// What a message brings along by the ids of uploads: pictures are shown to the model, text is put into the message, and anything else is laid
/// into the agent's workspace, where its tools find it. <paramref name="transcribe"/> turns speech into text.
/// </summary>
internal sealed class Attachments(UploadStore uploads, AgentWorkspaces workspaces, Func<Agent, Upload, byte[], CancellationToken, Task<string>> transcribe)
{
    private const int Most = 10;

    /// <summary>Longer texts go into the workspace: the message would fill the model's window.</summary>
    private const int LongestInlineText = 100_000;

    /// <summary>The parts that the message gets, in the order of the list.</summary>
    public async Task<List<LlmPart>> Read(Agent agent, JsonElement list, CancellationToken aborted)
    {
        if (list.ValueKind != JsonValueKind.Array)
            throw ApiException.BadRequest("attachments must be an array");
        if (list.GetArrayLength() > Most)
            throw ApiException.BadRequest($"attachments has {list.GetArrayLength()} entries; at most {Most} are possible");
        var parts = new List<LlmPart>();
        var index = 0;
        foreach (var entry in list.EnumerateArray())
        {
            var at = $"attachments[{index++}]";
            var upload = Find(agent, entry, at);
            parts.Add(await Part(agent, upload, await uploads.Bytes(upload, aborted), aborted));
        }

        return parts;
    }

    private Upload Find(Agent agent, JsonElement entry, string at)
    {
        if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty("file_id", out var id) || id.ValueKind != JsonValueKind.String)
            throw ApiException.BadRequest($"{at}.file_id is missing");
        if (!Guid.TryParseExact(id.GetString(), "D", out var uuid))
            throw ApiException.BadRequest($"{at}.file_id is not a UUID");
        return uploads.Find(uuid.ToString("D")) is { } upload && upload.AgentId == agent.Id
            ? upload
            : throw ApiException.NotFound($"{at}: upload '{uuid:D}' of agent '{agent.Name}' not found");
    }

    private async Task<LlmPart> Part(Agent agent, Upload upload, byte[] bytes, CancellationToken aborted)
    {
        if (upload.ContentType is "image/png" or "image/jpeg" or "image/gif" or "image/webp")
            return new LlmImage(upload.ContentType, Convert.ToBase64String(bytes), null);
        if (upload.ContentType.StartsWith("text/", StringComparison.Ordinal) && bytes.Length <= LongestInlineText)
            return new LlmText($"\n\n[file {upload.Filename}]\n{Encoding.UTF8.GetString(bytes)}\n[end of {upload.Filename}]");
        if (upload.ContentType.StartsWith("audio/", StringComparison.Ordinal))
            return new LlmText($"\n\n[what is said in {upload.Filename}]\n{await transcribe(agent, upload, bytes, aborted)}");

        var path = $"uploads/{upload.Id[^8..]}-{upload.Filename}";
        try
        {
            await Task.Run(() => WorkspaceFiles.Write(workspaces.Of(agent), path, bytes), aborted);
        }
        catch (FileRefusal refusal)
        {
            throw ApiException.Conflict(refusal.Message);
        }

        return new LlmText($"\n\n[{upload.Filename} ({upload.ContentType}, {upload.Size} bytes) is at {path} in your workspace]");
    }
}
