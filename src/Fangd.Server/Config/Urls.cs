using Fangd.Toml;

namespace Fangd.Server.Config;

/// <summary>Values that are web addresses.</summary>
internal static class Urls
{
    /// <summary>Null when the key is absent, empty or not an http(s) URL (which is a fault).</summary>
    public static string? Read(SectionReader section, string key, string fallback = "")
    {
        var text = section.OptionalString(key, fallback);
        if (text is null || IsWeb(text))
            return text;

        section.Fault(key, section.Find(key) ?? new TomlString(text), $"expected an http:// or https:// URL, found \"{text}\"");
        return null;
    }

    public static bool IsWeb(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Host.Length > 0;
}
