namespace Fangd.Engine.Tools.Browser;

/// <summary>How browsers of agents are run: <c>[browser]</c>.</summary>
public sealed record BrowserSettings
{
    public bool IsHeadless { get; init; } = true;

    /// <summary>In pixels.</summary>
    public int ViewportWidth { get; init; } = 1280;

    /// <summary>In pixels.</summary>
    public int ViewportHeight { get; init; } = 720;

    /// <summary>How long one step may take, loading included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A browser that is not used for so long is closed.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Browsers open at a time; one an agent.</summary>
    public int MaxSessions { get; init; } = 5;

    /// <summary>The program; null for the first of the usual names on the path.</summary>
    public string? ChromiumPath { get; init; }
}
