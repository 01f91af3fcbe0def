using Fangd.Server.Storage;

namespace Fangd.Server.Approvals;

/// <summary>The state of the second factor but for its secret, which lies in the vault.</summary>
internal sealed record TotpState(bool IsConfirmed, DateTimeOffset? LockedUntil);

/// <summary>What is durable of the second factor: a code that was used stays used, and a lock stays shut, whatever restarts.</summary>
internal sealed class TotpStore(Database database)
{
    public TotpState? Find() => database.Read(sql => sql.One(
        "SELECT confirmed, locked_until FROM totp", r => new TotpState(r.Flag(0), r.TimeOrNull(1))));

    public int CodesLeft() => (int)database.Read(sql => sql.Number("SELECT count(*) FROM totp_recovery"))!.Value;

    /// <summary>A new enrolment that is not confirmed yet; failures of one before it still count, so that setting up again opens no lock.</summary>
    public Task Enrol(IReadOnlyList<byte[]> recoveryHashes) => database.Write(sql =>
    {
        sql.Execute(
            "INSERT INTO totp (only, confirmed, last_step, failures) VALUES (1, 0, 0, 0) ON CONFLICT (only) DO UPDATE SET confirmed = 0, last_step = 0");
        sql.Execute("DELETE FROM totp_recovery");
        foreach (var hash in recoveryHashes)
            sql.Execute("INSERT INTO totp_recovery (hash) VALUES ($hash)", (ReadOnlyMemory<byte>)hash);
    });

    /// <summary>
    /// Uses up the code of a step; false when it, or a later one, was used before. RFC 6238 section 5.2: a code is accepted once. Steps only
    /// ever grow, so one number remembers all used codes.
    /// </summary>
    public Task<bool> UseStep(long step, bool confirms) => database.Write(sql => sql.Execute(
        """
        UPDATE totp SET last_step = $step, failures = 0, locked_until = NULL, confirmed = confirmed OR $confirms
        WHERE last_step < $step
        """,
        step, confirms) == 1);

    public List<byte[]> RecoveryHashes() => database.Read(sql => sql.All("SELECT hash FROM totp_recovery", r => r.Bytes(0).ToArray()));

    public Task<bool> UseRecovery(byte[] hash) => database.Write(sql =>
    {
        if (sql.Execute("DELETE FROM totp_recovery WHERE hash = $hash", (ReadOnlyMemory<byte>)hash) != 1)
            return false;
        sql.Execute("UPDATE totp SET failures = 0, locked_until = NULL");
        return true;
    });

    /// <summary>Counts a wrong code; from the <paramref name="most"/>th on nothing is accepted until <paramref name="until"/>.</summary>
    public Task CountFailure(int most, DateTimeOffset until) => database.Write(sql =>
    {
        sql.Execute("UPDATE totp SET failures = failures + 1");
        sql.Execute("UPDATE totp SET failures = 0, locked_until = $until WHERE failures >= $most", until, most);
    });

    public Task Remove() => database.Write(sql =>
    {
        sql.Execute("DELETE FROM totp");
        sql.Execute("DELETE FROM totp_recovery");
    });
}
