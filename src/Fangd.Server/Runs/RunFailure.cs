using Fangd.Engine.Turns;
using Fangd.Server.Http;

namespace Fangd.Server.Runs;

/// <summary>How a failed run is told to its caller; one table for all entrances.</summary>
internal static class RunFailure
{
    public static ApiException Of(TurnException failure) =>
        new(Status(failure.Fault), failure.Message, failure.RetryAfter ?? Wait(failure.Fault), Code(failure.Fault));

    public static ApiFault Status(RunFault fault) => fault switch
    {
        RunFault.Model => ApiFault.BadGateway,
        RunFault.Busy or RunFault.NotConfigured => ApiFault.Unavailable,
        RunFault.Budget => ApiFault.TooManyRequests,
        // The caller's own POST /stop, or another client's.
        RunFault.Cancelled => ApiFault.Conflict,
        RunFault.TooLong => ApiFault.TooLarge,
        _ => ApiFault.Internal,
    };

    /// <summary>A word for programs.</summary>
    public static string Code(RunFault fault) => fault switch
    {
        RunFault.Model => "model_failed",
        RunFault.Busy => "model_busy",
        RunFault.Budget => "budget_exceeded",
        RunFault.Cancelled => "cancelled",
        RunFault.TooLong => "context_too_long",
        RunFault.LoopLimit => "loop_limit",
        RunFault.NotConfigured => "model_not_configured",
        _ => "internal",
    };

    private static TimeSpan? Wait(RunFault fault) => fault is RunFault.Busy ? TimeSpan.FromSeconds(5) : null;
}
