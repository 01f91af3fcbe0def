using System.Text;
using System.Text.Json;

namespace Fangd.Cli.Api;

/// <summary>Turns an answer with a status of 400 and above into what the user reads.</summary>
internal static class ApiFailure
{
    public static CommandException Of(HttpResponseMessage response, byte[] body, DaemonAddress address)
    {
        var status = (int)response.StatusCode;
        var message = Message(body) ?? $"the daemon answered with status {status}";
        return status switch
        {
            401 => new CommandException(ExitCode.Refused, $"fangd at {address.Shown} refused the key: {message}", KeyHint(address)),
            403 => new CommandException(ExitCode.Refused, message),
            404 => new CommandException(ExitCode.NotFound, message),
            409 => new CommandException(ExitCode.Conflict, message),
            429 or 503 => new CommandException(ExitCode.Busy, message, Again(response)),
            >= 300 and < 400 => new CommandException(ExitCode.Failed, $"{address.Shown} sends on to {response.Headers.Location}", "give that address with --url"),
            _ => new CommandException(ExitCode.Failed, message),
        };
    }

    private static string KeyHint(DaemonAddress address) => address.Key is null
        ? $"no key was sent ({address.KeySource}); give it with --api-key KEY or FANGD_API_KEY, or run as the user whose fangd it is"
        : $"the key came from {address.KeySource}; the daemon may run with another configuration, or was not restarted since the key changed";

    private static string? Again(HttpResponseMessage response) =>
        response.Headers.RetryAfter?.Delta is { } wait ? $"try again in {wait.TotalSeconds:0} s" : "try again later";

    /// <summary>The sentence in the daemon's own error body, or null when it is none.</summary>
    private static string? Message(byte[] body)
    {
        if (body.Length == 0)
            return null;
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.Field("error") switch
            {
                { ValueKind: JsonValueKind.String } text => text.GetString(),
                { ValueKind: JsonValueKind.Object } detail => detail.Text("message"),
                _ => null,
            };
        }
        catch (JsonException)
        {
            var text = Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 200))).Trim();
            return text.StartsWith('<') ? null : text;
        }
    }
}
