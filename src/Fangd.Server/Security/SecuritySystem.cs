namespace Fangd.Server.Security;

/// <summary>
/// One of the protections that the daemon reports on; the feature that has it says how it stands.
/// </summary>
/// <param name="Name">One of <see cref="SecuritySystems.All"/>.</param>
/// <param name="Effect">What it does while it works, in one sentence, its limits included.</param>
/// <param name="Gap">Asked at each report: null while it works, otherwise why not, in one sentence.</param>
internal sealed record SecuritySystem(string Name, string Effect, Func<string?> Gap)
{
    /// <summary>One that nothing can turn off.</summary>
    public SecuritySystem(string name, string effect)
        : this(name, effect, () => null)
    {
    }
}
