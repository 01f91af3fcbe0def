using System.Reflection;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Storage;

/// <summary>Brings the file to the version of this binary: numbered embedded scripts, one transaction each, counted by <c>user_version</c>.</summary>
internal static partial class SchemaMigrations
{
    private const string Prefix = "migrations/";

    public static void Apply(SqlSession sql, string file, bool isNew, ILogger log)
    {
        var scripts = Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ToList();
        var version = (int)sql.Number("PRAGMA user_version")!.Value;
        if (version > scripts.Count)
        {
            throw new InvalidDataException(
                $"the database {file} has schema version {version}, this fangd knows versions up to {scripts.Count}: start a newer fangd, or restore the backup beside it");
        }

        if (version == scripts.Count)
            return;
        if (!isNew && version > 0)
            BackUp(sql, file, version, log);
        for (var next = version; next < scripts.Count; next++)
        {
            sql.Script($"BEGIN IMMEDIATE; {Read(scripts[next])}; PRAGMA user_version = {next + 1}; COMMIT;");
            if (!isNew)
                Migrated(log, next + 1);
        }
    }

    private static void BackUp(SqlSession sql, string file, int version, ILogger log)
    {
        var backup = $"{file}.v{version}.backup";
        if (File.Exists(backup))
            File.Delete(backup);
        sql.Execute("VACUUM INTO $file", backup);
        BackedUp(log, backup);
    }

    private static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    [LoggerMessage(LogLevel.Information, "Database backed up to {File}.")]
    private static partial void BackedUp(ILogger log, string file);

    [LoggerMessage(LogLevel.Information, "Database migrated to schema version {Version}.")]
    private static partial void Migrated(ILogger log, int version);
}
