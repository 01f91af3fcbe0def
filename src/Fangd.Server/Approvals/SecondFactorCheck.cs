using System.Security.Cryptography;
using Fangd.Engine.Approvals;
using Fangd.Engine.Tools;
using Fangd.Server.Config;
using Fangd.Server.Http;
using Fangd.Server.Vault;

namespace Fangd.Server.Approvals;

/// <summary>
/// The second factor of approvals: enrolment, and the codes that are asked for. A stolen API key alone then approves nothing. Failures
/// are counted for all callers together: with one key there is one person, and an attacker has many addresses.
/// </summary>
internal sealed class SecondFactorCheck(TotpStore store, SecretVault vault, ApprovalConfig config, TimeProvider time) : IDisposable
{
    private const string SecretName = "fangd:totp";
    private const int MostFailures = 5;

    private static readonly TimeSpan LockTime = TimeSpan.FromSeconds(300);

    // One code at a time: guesses side by side would each be judged before the others are counted.
    private readonly SemaphoreSlim _one = new(1);
    private volatile ApprovalConfig _config = config;
    private long _graceUntil;

    public ApprovalConfig Config
    {
        get => _config;
        set => _config = value;
    }

    private bool IsEnforced => _config.SecondFactor is SecondFactor.Totp or SecondFactor.Both;

    public TotpStatus Status()
    {
        var state = store.Find();
        return new TotpStatus(state is not null, state is { IsConfirmed: true }, IsEnforced, state is null ? 0 : store.CodesLeft());
    }

    /// <summary>Begins an enrolment; the secret and the recovery codes are shown this once.</summary>
    public async Task<TotpSetup> SetUp(CancellationToken aborted)
    {
        await _one.WaitAsync(aborted);
        try
        {
            if (store.Find() is { IsConfirmed: true })
                throw ApiException.Conflict("a second factor is enrolled already; revoke it first with DELETE /api/approvals/totp");
            var bytes = RandomNumberGenerator.GetBytes(Totp.SecretBytes);
            var secret = Base32.Encode(bytes);
            CryptographicOperations.ZeroMemory(bytes);
            var codes = Enumerable.Range(0, RecoveryCodes.Count).Select(_ => RecoveryCodes.New()).ToList();
            // The secret first: what dies in between leaves a secret that nobody has seen, and not an enrolment without one.
            await vault.Set(SecretName, secret);
            await store.Enrol([.. codes.Select(RecoveryCodes.Hash)]);
            return new TotpSetup(secret, Totp.Uri(_config.TotpIssuer, "admin", secret), codes);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Ends the enrolment with a first code from the app.</summary>
    public async Task Confirm(string code, CancellationToken aborted)
    {
        await _one.WaitAsync(aborted);
        try
        {
            _ = store.Find() ?? throw ApiException.BadRequest("no second factor is set up: POST /api/approvals/totp/setup comes first");
            await Accept(code, confirms: true);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Takes the second factor away, for a code of it or a recovery code.</summary>
    public async Task Revoke(string code, CancellationToken aborted)
    {
        await _one.WaitAsync(aborted);
        try
        {
            _ = store.Find() ?? throw ApiException.BadRequest("no second factor is enrolled");
            await Accept(code, confirms: false);
            await store.Remove();
            Volatile.Write(ref _graceUntil, 0);
            // A secret that nobody asks for any more may stay where the vault is locked; the next enrolment replaces it.
            if (vault.Find(SecretName) is not null)
                await vault.Remove(SecretName);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>
    /// Passes when no code is needed for this tool now (false), or the given one is right (true); otherwise 400, or 429 while it is locked.
    /// </summary>
    public async Task<bool> Demand(string tool, string? code, CancellationToken aborted)
    {
        var current = _config;
        if (!IsEnforced || (current.TotpTools.Count > 0 && !CapabilityPattern.MatchesAny(current.TotpTools, tool)))
            return false;
        await _one.WaitAsync(aborted);
        try
        {
            if (store.Find() is not { IsConfirmed: true })
                throw ApiException.BadRequest("approvals ask for a TOTP code, and no second factor is enrolled: POST /api/approvals/totp/setup, then /confirm");
            if (string.IsNullOrEmpty(code))
            {
                if (time.GetTimestamp() < Volatile.Read(ref _graceUntil))
                    return false;
                throw ApiException.BadRequest("totp_code is missing: approvals ask for a code of the authenticator app or a recovery code");
            }

            await Accept(code, confirms: false);
            Volatile.Write(ref _graceUntil, time.GetTimestamp() + (current.TotpGracePeriodSecs * time.TimestampFrequency));
            return true;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task Accept(string code, bool confirms)
    {
        var now = time.GetUtcNow();
        if (store.Find()!.LockedUntil is { } until && until > now)
        {
            throw new ApiException(
                ApiFault.TooManyRequests, $"{MostFailures} TOTP codes in a row were wrong: the next one is taken in {Math.Ceiling((until - now).TotalSeconds)} s", until - now);
        }

        if (await IsRight(code.Trim(), now, confirms))
            return;
        await store.CountFailure(MostFailures, now + LockTime);
        throw ApiException.BadRequest("the TOTP code is wrong, or was used before");
    }

    private async Task<bool> IsRight(string code, DateTimeOffset now, bool confirms)
    {
        if (RecoveryCodes.IsCode(code))
        {
            // A recovery code proves nothing about the app that is being enrolled.
            var hash = confirms ? null : store.RecoveryHashes().Find(kept => RecoveryCodes.Matches(kept, code));
            return hash is not null && await store.UseRecovery(hash);
        }

        var secret = Base32.Decode(vault.Find(SecretName) ?? throw vault.Unusable("the secret of the second factor"))!;
        var step = Totp.Match(secret, code, now);
        CryptographicOperations.ZeroMemory(secret);
        return step is { } found && await store.UseStep(found, confirms);
    }
}
