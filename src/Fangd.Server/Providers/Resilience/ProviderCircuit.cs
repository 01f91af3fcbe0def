using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Fangd.Protocols.Llm;
using Fangd.Server.Config;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace Fangd.Server.Providers.Resilience;

/// <summary>
/// What stands between the daemon and one provider: a number of places, tries with growing pauses, and a circuit that opens when most of
/// them fail. What the provider refuses because of the request itself is no failure of the provider.
/// </summary>
internal sealed partial class ProviderCircuit
{
    private static readonly TimeSpan FirstBreak = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestBreak = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestWishedBreak = TimeSpan.FromMinutes(5);

    private readonly CallLimits _limits;
    private readonly TimeProvider _time;
    private readonly Func<double> _jitter;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _places;
    private readonly KeyRing _keys;
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly ResiliencePipeline<bool> _breaker;
    private readonly ResiliencePipeline<bool> _pipeline;

    private volatile Opened? _opened;
    private TimeSpan? _wished;
    private long _answered;
    private long _failed;
    private long _retried;
    private long _rejected;
    private long _openedCount;
    private long _active;

    public ProviderCircuit(string name, CallLimits limits, TimeProvider time, Func<double> jitter, ILogger log)
    {
        Name = name;
        _limits = limits;
        _time = time;
        _jitter = jitter;
        _log = log;
        _places = new SemaphoreSlim(limits.MaxConcurrent);
        _keys = new KeyRing(time);
        _breaker = new ResiliencePipelineBuilder<bool> { TimeProvider = time }.AddCircuitBreaker(Breaker()).Build();
        var pipeline = new ResiliencePipelineBuilder<bool> { TimeProvider = time };
        if (limits.Retries > 0)
            pipeline.AddRetry(Retry());
        _pipeline = pipeline.AddPipeline(_breaker).Build();
    }

    public string Name { get; }

    public bool IsIdle => Interlocked.Read(ref _active) == 0 && _state.CircuitState == CircuitState.Closed;

    public CallCounts Counts => new(
        Interlocked.Read(ref _answered),
        Interlocked.Read(ref _failed),
        Interlocked.Read(ref _retried),
        Interlocked.Read(ref _rejected),
        Interlocked.Read(ref _openedCount),
        Interlocked.Read(ref _active));

    public ProviderHealth Health()
    {
        if (_state.CircuitState == CircuitState.Closed || _opened is not { } opened)
            return new ProviderHealth(Name, "closed", null, null);
        var left = opened.Until - _time.GetUtcNow();
        return left > TimeSpan.Zero
            ? new ProviderHealth(Name, "open", opened.Reason, (int)Math.Ceiling(left.TotalSeconds))
            : new ProviderHealth(Name, "half_open", opened.Reason, null);
    }

    public async IAsyncEnumerable<LlmEvent> Stream(ILlmClient client, LlmRequest request, LlmTarget target, [EnumeratorCancellation] CancellationToken run)
    {
        Interlocked.Increment(ref _active);
        var hasPlace = false;
        var opening = new OpeningCall(Name, _keys, _log, client, request, Timed(target), run);
        try
        {
            // Nobody waits for a place only to be told that the provider is left alone.
            if (_opened is { } opened && _state.CircuitState == CircuitState.Open && opened.Until > _time.GetUtcNow())
                throw Rejection();
            await _places.WaitAsync(run);
            hasPlace = true;

            var any = await Begin(opening, run);
            while (any)
            {
                yield return opening.Events!.Current;
                any = await Next(opening, run);
            }
        }
        finally
        {
            if (hasPlace)
                _places.Release();
            Interlocked.Decrement(ref _active);
            if (opening.Events is not null)
                await opening.Events.DisposeAsync();
        }
    }

    private async ValueTask<bool> Begin(OpeningCall opening, CancellationToken run)
    {
        var context = ResilienceContextPool.Shared.Get(run);
        Outcome<bool> outcome;
        try
        {
            outcome = await _pipeline.ExecuteOutcomeAsync(static (_, call) => call.Try(), context, opening);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }

        if (outcome.Exception is null)
        {
            Interlocked.Increment(ref _answered);
            return outcome.Result;
        }

        if (outcome.Exception is BrokenCircuitException)
            throw Rejection();
        if (outcome.Exception is LlmException)
            Interlocked.Increment(ref _failed);
        ExceptionDispatchInfo.Throw(outcome.Exception);
        return false;
    }

    private async ValueTask<bool> Next(OpeningCall opening, CancellationToken run)
    {
        try
        {
            return await opening.Events!.MoveNextAsync();
        }
        catch (LlmException broken)
        {
            Interlocked.Increment(ref _failed);
            await Report(broken, run);
            throw;
        }
    }

    /// <summary>Lets the circuit know of an answer that broke off: its beginning was taken for a success.</summary>
    private async ValueTask Report(LlmException broken, CancellationToken run)
    {
        var context = ResilienceContextPool.Shared.Get(run);
        await _breaker.ExecuteOutcomeAsync(static (_, failure) => Outcome.FromExceptionAsValueTask<bool>(failure), context, broken);
        ResilienceContextPool.Shared.Return(context);
    }

    private LlmTarget Timed(LlmTarget target) =>
        target.FirstByteTimeout == _limits.FirstByteTimeout && target.ChunkTimeout == _limits.ChunkTimeout
            ? target
            : target with { FirstByteTimeout = _limits.FirstByteTimeout, ChunkTimeout = _limits.ChunkTimeout };

    private LlmException Rejection()
    {
        Interlocked.Increment(ref _rejected);
        var opened = _opened;
        var left = (opened?.Until ?? default) - _time.GetUtcNow();
        // Half open, and another call is trying.
        if (left < TimeSpan.FromSeconds(1))
            left = TimeSpan.FromSeconds(1);
        var wait = TimeSpan.FromSeconds(Math.Ceiling(left.TotalSeconds));
        return new LlmException(LlmFault.Overloaded, $"{Name} failed repeatedly and is not asked for another {wait.TotalSeconds} s; the last failure: {opened?.Reason}", wait);
    }

    private RetryStrategyOptions<bool> Retry() => new()
    {
        MaxRetryAttempts = _limits.Retries,
        ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is LlmException failure && IsWorthRepeating(failure)),
        DelayGenerator = args => ValueTask.FromResult<TimeSpan?>(Pause(args.AttemptNumber, (args.Outcome.Exception as LlmException)?.RetryAfter)),
        OnRetry = args =>
        {
            Interlocked.Increment(ref _retried);
            Retrying(Name, args.Outcome.Exception!.Message, args.RetryDelay.TotalSeconds);
            return default;
        },
    };

    // A provider that stayed silent for the whole first-byte time has cost its caller minutes already; that is not done three times over.
    private bool IsWorthRepeating(LlmException failure) =>
        failure.IsTransient && failure.Fault != LlmFault.Timeout && !(failure.RetryAfter > _limits.LongestPause);

    private TimeSpan Pause(int attempt, TimeSpan? asked)
    {
        // Between half and the whole of it, so that agents which failed together do not come back together.
        var own = _limits.BaseDelay * (1 << attempt) * (0.5 + _jitter() / 2);
        if (own > _limits.LongestPause)
            own = _limits.LongestPause;
        return asked > own ? asked.Value : own;
    }

    private CircuitBreakerStrategyOptions<bool> Breaker() => new()
    {
        FailureRatio = 0.5,
        MinimumThroughput = _limits.FailuresToOpen,
        SamplingDuration = TimeSpan.FromSeconds(30),
        StateProvider = _state,
        ShouldHandle = args => ValueTask.FromResult(IsFailureOfProvider(args.Outcome.Exception)),
        BreakDurationGenerator = args => ValueTask.FromResult(Break(args.HalfOpenAttempts)),
        OnOpened = args =>
        {
            Interlocked.Increment(ref _openedCount);
            var reason = args.Outcome.Exception is LlmException failure ? failure.Message : _opened?.Reason ?? "it did not answer";
            _opened = new Opened(_time.GetUtcNow() + args.BreakDuration, reason);
            CircuitOpened(Name, args.BreakDuration.TotalSeconds, reason);
            return default;
        },
        OnClosed = _ =>
        {
            _opened = null;
            CircuitClosed(Name);
            return default;
        },
    };

    /// <summary>Refusals of the request, of the key and of the bill are answers: the provider is well.</summary>
    private bool IsFailureOfProvider(Exception? failure)
    {
        // The one call that was let through to see whether the provider is back was stopped, and has seen nothing.
        if (failure is OperationCanceledException)
            return _state.CircuitState == CircuitState.HalfOpen;
        if (failure is not LlmException { Fault: LlmFault.RateLimit or LlmFault.Overloaded or LlmFault.Timeout or LlmFault.Unreachable or LlmFault.Interrupted or LlmFault.Garbage } fault)
            return false;
        _wished = fault.RetryAfter;
        return true;
    }

    private TimeSpan Break(int halfOpened)
    {
        var own = FirstBreak * (1 << Math.Min(halfOpened, 4));
        if (own > LongestBreak)
            own = LongestBreak;
        var wished = _wished is { } asked && asked > LongestWishedBreak ? LongestWishedBreak : _wished;
        return wished > own ? wished.Value : own;
    }

    private sealed record Opened(DateTimeOffset Until, string Reason);

    [LoggerMessage(LogLevel.Information, "{Provider} failed and is asked again in {Seconds:0.0} s: {Reason}.")]
    private partial void Retrying(string provider, string reason, double seconds);

    [LoggerMessage(LogLevel.Warning, "{Provider} failed repeatedly and is not asked for {Seconds:0.0} s: {Reason}.")]
    private partial void CircuitOpened(string provider, double seconds, string reason);

    [LoggerMessage(LogLevel.Information, "{Provider} answers again.")]
    private partial void CircuitClosed(string provider);
}
