namespace Fangd.Server.Config;

/// <summary>How much of the audit chain is kept; older entries go behind a signed checkpoint.</summary>
/// <param name="RetentionDays">Entries older than this go; 0 is no limit of age.</param>
/// <param name="MaxEntries">Of more entries than this the oldest go. One takes about 300 bytes.</param>
public sealed record AuditConfig(int RetentionDays, int MaxEntries)
{
    internal static AuditConfig Read(SectionReader section)
    {
        var read = new AuditConfig(
            section.Integer("retention_days", 0, 0, 36_500),
            section.Integer("max_entries", 200_000, 1000, 100_000_000));
        section.Finish();
        return read;
    }
}
