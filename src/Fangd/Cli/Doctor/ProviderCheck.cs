using Fangd.Cli.Api;
using Fangd.Cli.Settings;
using Fangd.Server.Providers;

namespace Fangd.Cli.Doctor;

/// <summary>Whether the default model's provider has what it needs.</summary>
internal static class ProviderCheck
{
    /// <summary>Null when a configuration with faults leaves open which provider it is.</summary>
    public static async Task<Finding?> Look(CommandContext context, ClientConfig config, DaemonCheck daemon, CancellationToken aborted)
    {
        var own = config.DefaultModel;
        if ((daemon.Provider.Length > 0 ? daemon.Provider : own?.Provider) is not { } id)
            return null;
        var server = own?.Provider == id ? own.BaseUrl : null;
        if (daemon.IsRunning && await Told(context, id, server, aborted) is { } told)
            return told;

        if (ProviderList.Find(id) is not { } provider)
            return server is null
                ? Finding.Problem("provider", $"the default model's provider \"{id}\" is not known", "name its server: fangd config set default_model.base_url URL")
                : Finding.Ok("provider", $"{id} is at {server}");
        if (provider.Family != WireFamily.OpenAi && server is null)
            return Finding.Problem("provider", $"fangd does not speak {provider.Name}'s protocol yet", "take another default model: fangd init --force --provider NAME --model MODEL");
        if (!provider.NeedsKey)
            return Finding.Ok("provider", $"{id} needs no key");

        var variable = own?.Provider == id && own.ApiKeyEnv is { } named ? named : provider.KeyVariable;
        if (context.Host.Variable(variable) is not null)
            return Finding.Ok("provider", $"{id} has its key in {variable}");
        if (IsKept(config, variable))
            return Finding.Ok("provider", $"{id} has its key in {Secrets(config)}");
        if (!daemon.IsRunning && File.Exists(Path.Combine(config.Home, "vault.enc")))
            return Finding.Warning("provider", $"{variable} for {id} is not set here; it may be in the vault, which only fangd opens", "fangd start, then: fangd vault list");
        if (server is not null)
            return Finding.Ok("provider", $"{id} is at {server}, without a key ({variable} is not set)");
        var fix = $"export {variable}=… before fangd start, or take a local model: fangd init --force --provider ollama";
        return daemon.IsRunning
            ? Finding.Warning("provider", $"{variable} for {id} is not set here; fangd may have it from its own environment", fix)
            : Finding.Problem("provider", $"the default model is {id}'s, and {variable} is not set", fix);
    }

    private static string Secrets(ClientConfig config) => Path.Combine(config.Home, "secrets.env");

    /// <summary>Whether the daemon keeps the key in its own file; only the name is looked at.</summary>
    private static bool IsKept(ClientConfig config, string variable)
    {
        try
        {
            return File.Exists(Secrets(config)) && File.ReadLines(Secrets(config)).Any(line => line.StartsWith(variable + "=", StringComparison.Ordinal));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>What the daemon itself says; null where it has no word for it, or misses a key that a server of the user's own need not want.</summary>
    private static async Task<Finding?> Told(CommandContext context, string id, string? server, CancellationToken aborted)
    {
        try
        {
            using var answer = await context.Client.Get("api/providers", TimeSpan.FromSeconds(5), aborted);
            foreach (var entry in answer.Root.Items("providers"))
            {
                if ((entry.Text("id") != id && entry.Text("name") != id) || entry.Text("auth_status") is not { Length: > 0 } status)
                    continue;
                if (status == "missing" && server is not null)
                    return null;
                return status == "missing"
                    ? Finding.Problem("provider", $"fangd has no key for {id}, its default provider", $"set it in the environment of fangd, or over POST /api/providers/{id}/key")
                    : Finding.Ok("provider", $"{id}: {status.Replace('_', ' ')}");
            }
        }
        catch (CommandException)
        {
            // The listing is optional; the environment says something, too.
        }
        return null;
    }
}
