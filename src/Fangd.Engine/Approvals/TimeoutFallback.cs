namespace Fangd.Engine.Approvals;

/// <summary>What becomes of a call that nobody decided about in time.</summary>
public enum TimeoutFallback
{
    /// <summary>The answer is no.</summary>
    Reject,

    /// <summary>The answer is no, and the model is told to go on without the tool.</summary>
    Skip,

    /// <summary>It is asked again, up to <see cref="ApprovalRules.MostEscalations"/> times; then the answer is no.</summary>
    Retry,

    /// <summary>The answer is yes, except for a call that repeats what a stranger wrote.</summary>
    Allow,
}
