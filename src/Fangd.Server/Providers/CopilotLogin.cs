using System.Net.Http.Headers;
using System.Text.Json;
using Fangd.Engine.Audit;
using Fangd.Server.Config;
using Fangd.Server.Http;

namespace Fangd.Server.Providers;

/// <summary>
/// Signs in to GitHub Copilot with a code that the user types at GitHub. Each poll of the client is at most one question to GitHub, never faster
/// than GitHub allows; the token becomes the provider's key.
/// </summary>
internal sealed class CopilotLogin(CopilotConfig config, HttpClient http, ProviderSettings settings, IAuditTrail audit, TimeProvider time, Func<string> newId)
{
    public const string ProviderId = "github-copilot";

    private const int MostPending = 16;
    private const int MostBytes = 64 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // Guards the logins that wait for their user.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Pending> _pending = new(StringComparer.Ordinal);

    public async Task<CopilotStarted> Start(CancellationToken aborted)
    {
        var answer = await Ask("/login/device/code", [new("client_id", config.ClientId), new("scope", "read:user")], aborted);
        if (answer is not { DeviceCode: { } device, UserCode: { } code, VerificationUri: { } uri })
            throw Failed(answer.ErrorDescription ?? answer.Error ?? "it sent no code");
        var (id, lifetime, interval) = (newId(), Math.Clamp(answer.ExpiresIn ?? 900, 60, 3600), Math.Clamp(answer.Interval ?? 5, 1, 60));
        lock (_gate)
        {
            var now = time.GetUtcNow();
            foreach (var (old, login) in _pending.ToList())
            {
                if (login.ExpiresAt <= now)
                    _pending.Remove(old);
            }

            if (_pending.Count >= MostPending)
                throw new ApiException(ApiFault.TooManyRequests, $"{MostPending} GitHub logins are under way already", TimeSpan.FromMinutes(1));
            _pending.Add(id, new Pending(device, now + TimeSpan.FromSeconds(lifetime), TimeSpan.FromSeconds(interval)) { NextAt = now + TimeSpan.FromSeconds(interval) });
        }

        return new CopilotStarted(id, code, uri, lifetime, interval);
    }

    /// <summary>404 for a login that is not under way; one that has ended is told once.</summary>
    public async Task<CopilotPolled> Poll(string id, CancellationToken aborted)
    {
        Pending login;
        lock (_gate)
        {
            login = _pending.GetValueOrDefault(id) ?? throw ApiException.NotFound($"no login '{id}' is under way");
            var now = time.GetUtcNow();
            if (login.ExpiresAt <= now)
            {
                _pending.Remove(id);
                return new CopilotPolled("expired", ProviderId, "the code was not entered in time; start again");
            }

            if (now < login.NextAt)
                return new CopilotPolled("pending", null, null);
            login.NextAt = now + login.Interval;
        }

        var answer = await Ask(
            "/login/oauth/access_token",
            [new("client_id", config.ClientId), new("device_code", login.DeviceCode), new("grant_type", "urn:ietf:params:oauth:grant-type:device_code")],
            aborted);
        return answer.AccessToken is { Length: > 0 } token ? await Authorized(id, token) : Refused(id, login, answer);
    }

    private async Task<CopilotPolled> Authorized(string id, string token)
    {
        await settings.Keys.Set(settings.Find(ProviderId)!.KeyVariable, token);
        await audit.Record(new AuditEntry(AuditAction.ConfigChange, null, $"Key of provider {ProviderId} set by signing in", "ok"));
        Forget(id);
        return new CopilotPolled("authorized", ProviderId, null);
    }

    private CopilotPolled Refused(string id, Pending login, GitHubAnswer answer)
    {
        switch (answer.Error)
        {
            case "authorization_pending":
                return new CopilotPolled("pending", null, null);
            case "slow_down":
                lock (_gate)
                    login.Interval = TimeSpan.FromSeconds(Math.Clamp(answer.Interval ?? login.Interval.TotalSeconds + 5, 1, 60));
                return new CopilotPolled("pending", null, null);
            case "expired_token":
                Forget(id);
                return new CopilotPolled("expired", ProviderId, "the code was not entered in time; start again");
            case "access_denied":
                Forget(id);
                return new CopilotPolled("denied", ProviderId, "the login was refused at GitHub");
            default:
                Forget(id);
                throw Failed(answer.ErrorDescription ?? answer.Error ?? "it sent neither a token nor a reason");
        }
    }

    private void Forget(string id)
    {
        lock (_gate)
            _pending.Remove(id);
    }

    private async Task<GitHubAnswer> Ask(string path, KeyValuePair<string, string>[] form, CancellationToken aborted)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(aborted, patience.Token);
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, config.BaseUrl.TrimEnd('/') + path) { Content = new FormUrlEncodedContent(form) };
            message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            message.Headers.UserAgent.Add(new ProductInfoHeaderValue("fangd", null));
            using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
            await response.Content.LoadIntoBufferAsync(MostBytes, either.Token);
            var body = await response.Content.ReadAsByteArrayAsync(either.Token);
            // Errors of the protocol come with 200 or 400 and a body; anything else is no answer of it.
            if ((int)response.StatusCode is not (200 or 400))
                throw Failed($"HTTP {(int)response.StatusCode}");
            return JsonFields.Read<GitHubAnswer>(body);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw Failed($"no answer within {Patience.TotalSeconds} s");
        }
        catch (Exception gone) when (gone is HttpRequestException or IOException)
        {
            throw Failed("it cannot be reached");
        }
        catch (JsonException)
        {
            throw Failed("its answer is not JSON");
        }
    }

    private ApiException Failed(string why) => new(ApiFault.BadGateway, $"GitHub ({new Uri(config.BaseUrl).Host}): {why}");

    private sealed class Pending(string deviceCode, DateTimeOffset expiresAt, TimeSpan interval)
    {
        public string DeviceCode => deviceCode;

        public DateTimeOffset ExpiresAt => expiresAt;

        public TimeSpan Interval { get; set; } = interval;

        /// <summary>GitHub is not asked before.</summary>
        public DateTimeOffset NextAt { get; set; }
    }
}
