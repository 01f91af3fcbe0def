using System.Globalization;
using Fangd.Engine.Audit;
using Fangd.Server.Audit;
using Fangd.Server.Config;
using Fangd.Server.Storage;
using Fangd.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fangd.UnitTests.Audit;

/// <summary>A chain over a database and a key of its own, and ways to tamper with both.</summary>
internal sealed class ChainRig : IDisposable
{
    private readonly TempFolder _folder = new();
    private AuditKeyFile _keys = null!;

    public ChainRig() => Open();

    public ManualTime Time { get; } = new();
    public Database Database { get; private set; } = null!;
    public AuditChain Chain { get; private set; } = null!;
    public AuditLog Log { get; private set; } = null!;
    public string KeyFile => _folder["audit.key"];

    /// <summary>Starts anew on the same files.</summary>
    public void Reopen()
    {
        Database.Dispose();
        Open();
    }

    public ValueTask Add(string detail, string? agent = "agent-1", AuditAction action = AuditAction.ToolInvoke) =>
        Chain.Record(new AuditEntry(action, agent, detail, "ok"));

    public async Task Fill(int count)
    {
        for (var i = 1; i <= count; i++)
        {
            await Add(string.Create(CultureInfo.InvariantCulture, $"entry {i}"), i % 2 == 0 ? null : "agent-1");
            Time.Advance(TimeSpan.FromMinutes(1));
        }
    }

    public AuditVerdict Verify() => new AuditVerifier(Database, _keys).Verify(Chain.Newest, CancellationToken.None);

    /// <summary>As <see cref="Verify"/> after a restart: without what the process remembers.</summary>
    public AuditVerdict VerifyAnew() => new AuditVerifier(Database, _keys).Verify(null, CancellationToken.None);

    public Task Prune(int days, int most) =>
        new AuditPruning(Database, _keys, new AuditConfig(days, most), Time, NullLogger<AuditPruning>.Instance).Tidy(CancellationToken.None);

    public Task Tamper(string sql) => Database.Write(session => session.Script(sql));

    public long Count(string table) => Database.Read(sql => sql.Number($"SELECT count(*) FROM {table}"))!.Value;

    public void Dispose()
    {
        Database.Dispose();
        _folder.Dispose();
    }

    private void Open()
    {
        Database = Database.Open(_folder["fangd.db"], Durability.Normal, NullLogger.Instance);
        _keys = new AuditKeyFile(KeyFile, Database.FilePath);
        Chain = new AuditChain(Database, _keys, Time, NullLogger<AuditChain>.Instance);
        Log = new AuditLog(Database);
    }
}
