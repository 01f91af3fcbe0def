namespace Fangd.Server.Config;

/// <summary>A text that must not get into a log, an error or a dump: it prints as <c>***</c>.</summary>
public sealed class Secret(string value)
{
    public string Reveal() => value;

    public override string ToString() => "***";
}
