namespace Fangd.Server.Providers;

/// <summary>Where replaced base URLs are kept for the next start: <c>[provider_urls]</c> of config.toml.</summary>
internal interface IProviderUrlFile
{
    void Set(string provider, string url);
}
