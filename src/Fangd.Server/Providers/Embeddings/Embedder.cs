using Fangd.Engine.Embeddings;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Providers.Embeddings;

/// <summary>
/// The configured embedding model. While its server is away nobody waits for it: after a failure it is left alone for a time that doubles,
/// and the log hears of it once, and once more when it is back.
/// </summary>
internal sealed partial class Embedder(ModelRef model, ProviderSettings settings, EmbeddingClients clients, TimeProvider time, ILogger<Embedder> log) : IEmbedder
{
    /// <summary>Most texts in one request; Gemini takes 100, some local servers get slow well before.</summary>
    public const int Batch = 64;

    private const int MostChars = 32_000;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(30);

    /// <summary>Guards the three below.</summary>
    private readonly Lock _gate = new();
    private DateTimeOffset _awayUntil;
    private int _failures;
    private bool _isTrying;

    public string Space => $"{model.Provider}/{model.Model}";

    public bool IsReady
    {
        get
        {
            lock (_gate)
                return _failures == 0 || (!_isTrying && time.GetUtcNow() >= _awayUntil);
        }
    }

    public async ValueTask<IReadOnlyList<float[]>?> Embed(IReadOnlyList<string> texts, CancellationToken run)
    {
        if (texts.Count == 0)
            return [];
        if (!Enter())
            return null;
        try
        {
            var target = settings.Target(model, out var provider);
            var client = clients.For(provider);
            var vectors = new List<float[]>(texts.Count);
            for (var i = 0; i < texts.Count; i += Batch)
            {
                var batch = texts.Skip(i).Take(Batch).Select(Bounded).ToList();
                foreach (var vector in await client.Embed(model.Model, batch, target, run))
                    vectors.Add(Vectors.Normalise(vector));
            }

            Answered();
            return vectors;
        }
        catch (LlmException failure)
        {
            Failed(failure);
            return null;
        }
        finally
        {
            lock (_gate)
                _isTrying = false;
        }
    }

    // An empty text is an error to most servers, one that is too long to some; the beginning tells what it is about.
    private static string Bounded(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return "-";
        if (text.Length <= MostChars)
            return text;
        return text[..(char.IsHighSurrogate(text[MostChars - 1]) ? MostChars - 1 : MostChars)];
    }

    /// <summary>While the server is away one call at a time may see whether it is back.</summary>
    private bool Enter()
    {
        lock (_gate)
        {
            if (_failures == 0)
                return true;
            if (_isTrying || time.GetUtcNow() < _awayUntil)
                return false;
            return _isTrying = true;
        }
    }

    private void Answered()
    {
        bool wasAway;
        lock (_gate)
        {
            wasAway = _failures > 0;
            _failures = 0;
        }

        if (wasAway)
            Back(Space);
    }

    private void Failed(LlmException failure)
    {
        bool isFirst;
        lock (_gate)
        {
            // One outage seen by several calls is one failure.
            if (_failures > 0 && time.GetUtcNow() < _awayUntil)
                return;
            isFirst = _failures++ == 0;
            var pause = FirstPause * Math.Pow(2, Math.Min(_failures - 1, 16));
            if (failure.RetryAfter > pause)
                pause = failure.RetryAfter.Value;
            _awayUntil = time.GetUtcNow() + (pause > LongestPause ? LongestPause : pause);
        }

        if (isFirst)
            Away(Space, failure.Message);
    }

    [LoggerMessage(LogLevel.Warning, "No embeddings from {Space}, it goes on without them: {Reason}.")]
    private partial void Away(string space, string reason);

    [LoggerMessage(LogLevel.Information, "Embeddings from {Space} are back.")]
    private partial void Back(string space);
}
