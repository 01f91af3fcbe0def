namespace Fangd.EndToEnd.Browser;

/// <summary>
/// A daemon whose agents, unless told otherwise, ask a model that obeys markers in the message: <c>&lt;&lt;say A|B&gt;&gt;</c> answers in
/// these chunks, <c>&lt;&lt;hang N&gt;&gt;</c> goes silent after N of them, <c>&lt;&lt;gate NAME&gt;&gt;</c> waits before each until the gate is open.
/// It has the template <c>hello-world</c>.
/// </summary>
public interface IChatPageHost : IAsyncDisposable
{
    Uri Address { get; }

    /// <summary>The key that the daemon asks for, or null.</summary>
    string? ApiKey { get; }

    Task OpenGate(string name, CancellationToken cancel);
}
