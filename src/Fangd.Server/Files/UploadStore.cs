using System.Security.Cryptography;
using Fangd.Server.Config;
using Fangd.Server.Health;
using Fangd.Server.Storage;

namespace Fangd.Server.Files;

/// <summary>
/// Uploads: a row each, and the bytes once by their hash, below <c>data/uploads</c>. The bytes are on disk before the row is committed, so a row
/// never lacks them; bytes whose rows are gone are swept.
/// </summary>
internal sealed class UploadStore(Database database, string folder, TimeProvider time, Func<string> newId) : IHousework
{
    private static readonly TimeSpan _grace = TimeSpan.FromHours(1);

    // Between looking at a file's age and deleting it nobody may take it up again.
    private readonly Lock _gate = new();

    public async Task<Upload> Add(string agentId, string filename, string contentType, ReadOnlyMemory<byte> bytes)
    {
        var upload = new Upload(newId(), agentId, filename, contentType, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes.Span)));
        await Task.Run(() => Keep(upload.Hash, bytes.Span));
        var now = time.GetUtcNow();
        await database.Write(sql => sql.Execute(
            "INSERT INTO uploads (id, agent_id, filename, content_type, size, hash, created_at) VALUES ($id, $agent, $name, $type, $size, $hash, $now)",
            upload.Id, upload.AgentId, upload.Filename, upload.ContentType, upload.Size, upload.Hash, now));
        return upload;
    }

    public Upload? Find(string id) => database.Read(sql => sql.One(
        "SELECT id, agent_id, filename, content_type, size, hash FROM uploads WHERE id = $id",
        row => new Upload(row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Whole(4), row.Text(5)),
        id));

    public Task<byte[]> Bytes(Upload upload, CancellationToken cancellation) => File.ReadAllBytesAsync(PathOf(upload.Hash), cancellation);

    /// <summary>Deletes bytes that no row names, as after an agent was killed; only old ones, because a new file comes before its row.</summary>
    public Task Tidy(CancellationToken stopping) => Task.Run(
        () =>
        {
            if (!Directory.Exists(folder))
                return;
            foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            {
                stopping.ThrowIfCancellationRequested();
                Sweep(file);
            }
        },
        stopping);

    private void Sweep(string file)
    {
        lock (_gate)
        {
            var isNew = File.GetLastWriteTimeUtc(file) > (time.GetUtcNow() - _grace).UtcDateTime;
            if (!isNew && database.Read(sql => sql.Number("SELECT 1 FROM uploads WHERE hash = $hash LIMIT 1", Path.GetFileName(file))) is null)
                File.Delete(file);
        }
    }

    private void Keep(string hash, ReadOnlySpan<byte> bytes)
    {
        var path = PathOf(hash);
        lock (_gate)
        {
            if (File.Exists(path))
                File.SetLastWriteTimeUtc(path, time.GetUtcNow().UtcDateTime);
            else
                AtomicFile.Replace(path, bytes);
        }
    }

    private string PathOf(string hash) => Path.Combine(folder, hash[..2], hash);
}
