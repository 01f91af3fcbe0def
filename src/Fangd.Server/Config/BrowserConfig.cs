using Fangd.Engine.Tools.Browser;

namespace Fangd.Server.Config;

/// <summary>The browser that agents may drive. <paramref name="IsEnabled"/>: its tools are there.</summary>
public sealed record BrowserConfig(bool IsEnabled, BrowserSettings Settings)
{
    internal static BrowserConfig Read(SectionReader section)
    {
        var usual = new BrowserSettings();
        var read = new BrowserConfig(
            section.Boolean("enabled", true),
            new BrowserSettings
            {
                IsHeadless = section.Boolean("headless", usual.IsHeadless),
                ViewportWidth = section.Integer("viewport_width", usual.ViewportWidth, 100, 4096),
                ViewportHeight = section.Integer("viewport_height", usual.ViewportHeight, 100, 4096),
                Timeout = TimeSpan.FromSeconds(section.Integer("timeout_secs", (int)usual.Timeout.TotalSeconds, 1, 600)),
                IdleTimeout = TimeSpan.FromSeconds(section.Integer("idle_timeout_secs", (int)usual.IdleTimeout.TotalSeconds, 10, 86_400)),
                MaxSessions = section.Integer("max_sessions", usual.MaxSessions, 1, 50),
                ChromiumPath = section.OptionalString("chromium_path"),
            });
        section.Finish();
        return read;
    }
}
