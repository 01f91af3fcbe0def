using Fangd.Engine.Context;
using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Media;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.Media;
using Fangd.Server.Agents;
using Fangd.Server.Providers;
using Fangd.Server.Usage;

namespace Fangd.Server.Media;

/// <summary>Finds the model for a kind of media: the configured one, or the usual one of the first provider that has a key for it.</summary>
internal sealed class MediaModels(MediaConfig config, ModelsFeature models, OpenAiMedia client, AgentRegistry registry) : IMediaModels
{
    private static readonly ModelRef[] _hearing = [new("openai", "whisper-1"), new("groq", "whisper-large-v3")];
    private static readonly ModelRef[] _speaking = [new("openai", "tts-1")];
    private static readonly ModelRef[] _drawing = [new("openai", "gpt-image-1")];

    public Task<string> Transcribe(ToolScope scope, MediaFile recording, string? language, CancellationToken run) =>
        Transcribe(Metered(scope), recording, language, run);

    public Task<string> Transcribe(MeteredModel metered, MediaFile recording, string? language, CancellationToken run)
    {
        var (target, model) = Find(_hearing, config.TranscriptionProvider, config.TranscriptionModel, "transcribing", "[media] transcription_provider");
        return metered.Send(model, Said(model, ""), async () =>
        {
            var answer = await client.Transcribe(target, model.Model, recording, language, run);
            return answer with { Usage = answer.Usage ?? new LlmUsage(0, ContextBudget.Tokens(LlmMessage.Assistant(answer.Value))) };
        });
    }

    public Task<byte[]> Speak(ToolScope scope, string text, string? voice, string format, CancellationToken run)
    {
        var (target, model) = Find(_speaking, config.SpeechProvider, config.SpeechModel, "speech", "[tts] provider");
        return Metered(scope).Send(model, Said(model, text), () => client.Speak(target, model.Model, text, voice ?? config.SpeechVoice, format, run));
    }

    public Task<IReadOnlyList<byte[]>> Draw(ToolScope scope, string? model, PictureWish wish, CancellationToken run)
    {
        var (target, usual) = Find(_drawing, config.ImageProvider, config.ImageModel, "pictures", "[media] image_provider");
        usual = usual with { Model = model ?? usual.Model };
        return Metered(scope).Send(usual, Said(usual, wish.Prompt), () => client.Draw(target, usual.Model, wish, run));
    }

    public async Task<string> Describe(ToolScope scope, LlmImage image, string prompt, CancellationToken run)
    {
        var model = models.Defaults.Resolve(scope.Agent.Model);
        var metered = Metered(scope);
        var request = new LlmRequest
        {
            Model = model.Model,
            Messages = [new LlmMessage(LlmRole.User, [new LlmText(prompt), image])],
            MaxTokens = scope.Agent.Model.MaxTokens,
        };
        var text = new System.Text.StringBuilder();
        await foreach (var happened in metered.Stream(model, request, run))
        {
            if (happened.Kind == LlmEventKind.TextDelta)
                text.Append(happened.Text);
        }

        return text.Length > 0 ? text.ToString() : throw new LlmException(LlmFault.Garbage, $"{model.Model} said nothing of the picture");
    }

    private MeteredModel Metered(ToolScope scope) => registry.Find(scope.AgentId) is { } agent
        ? models.Metering.For(agent, scope.Agent, scope.SessionId, scope.RunId)
        : throw new LlmException(LlmFault.BadRequest, "the agent has just ended");

    /// <summary>What goes out as text; there is nothing more to estimate a call by.</summary>
    private static LlmRequest Said(ModelRef model, string text) => new()
    {
        Model = model.Model,
        Messages = text.Length > 0 ? [LlmMessage.User(text)] : [],
        MaxTokens = 1,
    };

    private (LlmTarget Target, ModelRef Model) Find(ModelRef[] usual, string? provider, string? model, string what, string setting)
    {
        var wanted = provider is null ? Array.Find(usual, one => HasKey(one.Provider)) : new ModelRef(provider, model ?? Array.Find(usual, one => one.Provider == provider)?.Model ?? "");
        if (wanted is null)
        {
            throw new LlmException(
                LlmFault.Auth, $"no model for {what} is configured: set {setting} in config.toml, or a key for {string.Join(" or ", usual.Select(one => one.Provider))}");
        }

        if (model is { Length: > 0 })
            wanted = wanted with { Model = model };
        if (wanted.Model.Length == 0)
            throw new LlmException(LlmFault.ModelNotFound, $"{setting} is set to {provider}, but no model of it is named beside it");
        return (models.Settings.Target(wanted, out _), wanted);
    }

    private bool HasKey(string provider) => models.Settings.Find(provider) is { } known && models.Settings.AuthStatus(known) == "configured";
}
