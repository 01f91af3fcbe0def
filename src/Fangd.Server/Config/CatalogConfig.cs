namespace Fangd.Server.Config;

/// <summary>Where <c>POST /api/catalog/update</c> gets models from: an http(s) URL or the absolute path of a file; null for none.</summary>
public sealed record CatalogConfig(string? Source)
{
    internal static CatalogConfig Read(SectionReader section, string home)
    {
        var source = section.OptionalString("source");
        var read = new CatalogConfig(source is null || Urls.IsWeb(source) ? source : HomeFolder.Expand(source, home));
        section.Finish();
        return read;
    }
}

/// <summary>Where the device login of GitHub Copilot goes, and as which app.</summary>
public sealed record CopilotConfig(string BaseUrl, string ClientId)
{
    /// <summary>The app id under which editors sign in to Copilot; a GitHub Enterprise server wants its own.</summary>
    private const string EditorClient = "Iv1.b507a08c87ecfe98";

    internal static CopilotConfig Read(SectionReader section)
    {
        var read = new CopilotConfig(Urls.Read(section, "base_url") ?? "https://github.com", section.OptionalString("client_id", EditorClient) ?? EditorClient);
        section.Finish();
        return read;
    }
}
