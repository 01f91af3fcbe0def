namespace Fangd.Server.Config;

/// <summary>Who fangd is at authorization servers, where its owner registered it by hand; each id is for one of them alone.</summary>
public sealed class OAuthConfig(string? googleClientId, string? githubClientId, string? microsoftClientId, string? slackClientId)
{
    /// <summary>The address of a document about this fangd, which servers that know such documents take for its id.</summary>
    public string? ClientMetadataUrl { get; init; }

    /// <summary>The id at this server; null where there is none.</summary>
    public string? IdAt(string issuer) => !Uri.TryCreate(issuer, UriKind.Absolute, out var url) || url.Scheme != "https" ? null : url.IdnHost switch
    {
        "accounts.google.com" => googleClientId,
        "github.com" => githubClientId,
        "login.microsoftonline.com" => microsoftClientId,
        "slack.com" => slackClientId,
        _ => null,
    };

    internal static OAuthConfig Read(SectionReader section)
    {
        var read = new OAuthConfig(
            section.OptionalString("google_client_id"),
            section.OptionalString("github_client_id"),
            section.OptionalString("microsoft_client_id"),
            section.OptionalString("slack_client_id"))
        {
            ClientMetadataUrl = Urls.Read(section, "client_metadata_url"),
        };
        if (read.ClientMetadataUrl is { } text && new Uri(text) is not { Scheme: "https", AbsolutePath.Length: > 1 })
            section.Fault("client_metadata_url", section.Find("client_metadata_url")!, "expected an https:// URL with a path: authorization servers fetch the document there");
        section.Finish();
        return read;
    }
}
