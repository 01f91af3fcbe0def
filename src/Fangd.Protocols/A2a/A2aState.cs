namespace Fangd.Protocols.A2a;

/// <summary>Where a task is (1.0 §4.1.3).</summary>
public enum A2aState
{
    Unknown,
    Submitted,
    Working,
    Completed,
    Failed,
    Canceled,
    InputRequired,
    Rejected,
    AuthRequired,
}

/// <summary>The words for states: in 1.0 <c>TASK_STATE_INPUT_REQUIRED</c>, in 0.3 <c>input-required</c>.</summary>
public static class A2aStates
{
    private static readonly (A2aState State, string Current, string Old)[] _words =
    [
        (A2aState.Submitted, "TASK_STATE_SUBMITTED", "submitted"),
        (A2aState.Working, "TASK_STATE_WORKING", "working"),
        (A2aState.Completed, "TASK_STATE_COMPLETED", "completed"),
        (A2aState.Failed, "TASK_STATE_FAILED", "failed"),
        (A2aState.Canceled, "TASK_STATE_CANCELED", "canceled"),
        (A2aState.InputRequired, "TASK_STATE_INPUT_REQUIRED", "input-required"),
        (A2aState.Rejected, "TASK_STATE_REJECTED", "rejected"),
        (A2aState.AuthRequired, "TASK_STATE_AUTH_REQUIRED", "auth-required"),
        (A2aState.Unknown, "TASK_STATE_UNSPECIFIED", "unknown"),
    ];

    /// <summary>Nothing happens to the task any more.</summary>
    public static bool IsTerminal(this A2aState state) => state is A2aState.Completed or A2aState.Failed or A2aState.Canceled or A2aState.Rejected;

    /// <summary>The task ended, or goes on only when its client does something.</summary>
    public static bool IsAtRest(this A2aState state) => state.IsTerminal() || state is A2aState.InputRequired or A2aState.AuthRequired;

    public static string Word(this A2aState state, A2aVersion version)
    {
        foreach (var (known, current, old) in _words)
        {
            if (known == state)
                return version == A2aVersion.V10 ? current : old;
        }

        throw new ArgumentOutOfRangeException(nameof(state));
    }

    /// <summary>Either version's word, and the spellings of the protocol's ancestors; null for none of them.</summary>
    public static A2aState? Read(string word)
    {
        foreach (var (state, current, old) in _words)
        {
            if (word == current || word == old)
                return state;
        }

        return word switch
        {
            "cancelled" => A2aState.Canceled,
            "inputRequired" => A2aState.InputRequired,
            "running" => A2aState.Working,
            _ => null,
        };
    }
}
