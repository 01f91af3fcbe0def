using Fangd.Server.Config;
using Fangd.Server.Http;
using Fangd.Toml;

namespace Fangd.Server.Providers;

/// <summary>Writes <c>[provider_urls]</c> into config.toml; the rest of the file, comments included, stays as it is.</summary>
internal sealed class ProviderUrlFile(string file, Func<string, string?> environment) : IProviderUrlFile
{
    // Two edits at once would lose one of them.
    private readonly Lock _editing = new();

    public void Set(string provider, string url)
    {
        lock (_editing)
        {
            try
            {
                var load = ConfigFile.Set(file, null, $"provider_urls.{provider}", new TomlString(url), environment);
                if (load.Problems.HasFaults)
                    throw ApiException.Conflict($"config.toml cannot be changed: {load.Problems.Faults.First().Message}");
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                throw new ApiException(ApiFault.Unavailable, "config.toml cannot be written, so the address would be lost at the next start");
            }
        }
    }
}
