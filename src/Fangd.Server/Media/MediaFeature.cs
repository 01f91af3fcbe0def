using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Media;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.Media;
using Fangd.Server.Agents;
using Fangd.Server.Files;
using Fangd.Server.Http;
using Fangd.Server.Providers;
using Fangd.Server.Runs;

namespace Fangd.Server.Media;

/// <summary>Hearing, speaking, seeing and drawing, for tools and for what people attach to messages.</summary>
internal sealed class MediaFeature(Foundation on, ModelsFeature models, AgentRegistry registry)
{
    private readonly MediaModels _media = new(on.Config.Media, models, new OpenAiMedia(models.Http, on.Time), registry);

    public IReadOnlyList<ITool> Tools => [new AnalyzeImageTool(_media), new TranscribeTool(_media), new SpeakTool(_media, on.Time), new DrawImageTool(_media, on.Time)];

    /// <summary>What is said in an upload; a failure is the error that the sender of the message gets.</summary>
    public async Task<string> Transcribe(Agent agent, Upload upload, byte[] bytes, CancellationToken aborted)
    {
        try
        {
            var metered = models.Metering.For(agent, agent.Manifest, null, runId: "");
            return await _media.Transcribe(metered, new MediaFile(upload.Filename, upload.ContentType, bytes), null, aborted);
        }
        catch (TurnException refused)
        {
            throw RunFailure.Of(refused);
        }
        catch (LlmException failed)
        {
            var fault = failed.Fault is LlmFault.Auth or LlmFault.ModelNotFound ? ApiFault.Unavailable : ApiFault.BadGateway;
            throw new ApiException(fault, $"attachments: {upload.Filename} was not transcribed: {failed.Message}", failed.RetryAfter);
        }
    }
}
