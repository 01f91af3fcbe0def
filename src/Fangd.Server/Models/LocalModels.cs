using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.OpenAi;
using Fangd.Server.Providers;

namespace Fangd.Server.Models;

/// <summary>How a local server answered when it was last asked for its models.</summary>
internal sealed record LocalServerState(bool IsUp, int Models, long LatencyMs, string? Error);

/// <summary>
/// Asks the local servers (Ollama, vLLM, LM Studio, …) for their models and merges them into the catalogue. Only lists ask here, never a
/// message: an answer is good for a minute, and who comes later than that gets the old one while a new one is fetched.
/// </summary>
internal sealed class LocalModels(ProviderSettings settings, ModelCatalog catalog, OpenAiModelList lists, TimeProvider time, CancellationToken stopping)
{
    private const int MostModels = 500;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(60);

    // Guards the three fields below: one round of questions at a time.
    private readonly Lock _gate = new();
    private Task _round = Task.CompletedTask;
    private long _askedAt;
    private bool _wasAsked;
    private volatile IReadOnlyDictionary<string, LocalServerState> _states = new Dictionary<string, LocalServerState>();

    /// <summary>What the last round found, by provider.</summary>
    public IReadOnlyDictionary<string, LocalServerState> States => _states;

    /// <summary>Ends at once when there has been a round; the very first one is waited for, at most <see cref="Patience"/>.</summary>
    public Task Refresh()
    {
        lock (_gate)
        {
            var isFirst = !_wasAsked;
            if (_round.IsCompleted && (isFirst || time.GetElapsedTime(_askedAt) >= Fresh))
            {
                _askedAt = time.GetTimestamp();
                _wasAsked = true;
                _round = AskAll();
            }

            return _states.Count == 0 ? _round : Task.CompletedTask;
        }
    }

    /// <summary>An address has changed: the next list asks again.</summary>
    public void Forget()
    {
        lock (_gate)
            _wasAsked = false;
    }

    private async Task AskAll()
    {
        var asked = settings.Locals().ToList();
        var answers = await Task.WhenAll(asked.Select(Ask));
        var states = new Dictionary<string, LocalServerState>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < asked.Count; i++)
            states[asked[i].Id] = answers[i];
        _states = states;
    }

    /// <summary>Whatever goes wrong is the answer.</summary>
    private async Task<LocalServerState> Ask(Provider provider)
    {
        var began = time.GetTimestamp();
        try
        {
            var target = settings.Target(new Engine.Turns.ModelRef(provider.Id, ""), out _) with { FirstByteTimeout = Patience };
            var models = await lists.Read(target, stopping);
            catalog.Discover(provider.Id, [.. models.Take(MostModels).Where(m => IsUsable(m.Id)).Select(m => Info(provider, m))]);
            return new LocalServerState(true, models.Count, (long)time.GetElapsedTime(began).TotalMilliseconds, null);
        }
        catch (LlmException failed)
        {
            catalog.Discover(provider.Id, []);
            return new LocalServerState(false, 0, (long)time.GetElapsedTime(began).TotalMilliseconds, failed.Message);
        }
        catch (OperationCanceledException)
        {
            return new LocalServerState(false, 0, 0, "the daemon is shutting down");
        }
    }

    private static bool IsUsable(string id) => id.Length is > 0 and <= 200 && !id.Any(char.IsControl);

    private static ModelInfo Info(Provider provider, OpenAiModel model) => new()
    {
        Id = model.Id,
        Provider = provider.Id,
        DisplayName = $"{model.Id} ({provider.Name})",
        Tier = "local",
        ContextWindow = model.ContextTokens is > 0 and var tokens ? tokens : ModelInfo.UnknownWindow,
        Price = new ModelPrice(0, 0, 0),
        Origin = ModelOrigin.Discovered,
    };
}
