using SQLitePCL;

namespace Fangd.Server.Storage;

/// <summary>
/// One connection and its prepared statements. The whole SQL layer: statements are constants, so preparing each once is a bounded cache;
/// parameters are named in the SQL and given in the order of their first appearance. Not safe for concurrent use: the writer owns one,
/// the read pool lends the others. Straight on SQLitePCLRaw: ADO.NET on top costs over 1 MB of binary and boxes every value.
/// </summary>
internal sealed class SqlSession : IDisposable
{
    private readonly sqlite3 _db;
    private readonly Dictionary<string, sqlite3_stmt> _statements = new(StringComparer.Ordinal);

    /// <summary>Opens the file; throws <see cref="SqlException"/> when it is not there (reading), not ours or not a database.</summary>
    public SqlSession(string file, bool isReadOnly)
    {
        var flags = isReadOnly ? raw.SQLITE_OPEN_READONLY : raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE;
        var code = raw.sqlite3_open_v2(file, out _db, flags | raw.SQLITE_OPEN_NOMUTEX, null);
        if (code != raw.SQLITE_OK)
            throw new SqlException(code, $"cannot open the database: {raw.sqlite3_errstr(code).utf8_to_string()}");
        raw.sqlite3_busy_timeout(_db, 5000);
    }

    /// <summary>Runs a statement; the number of rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<SqlValue> values)
    {
        var statement = Bound(sql, values);
        try
        {
            while (Step(statement))
            {
            }

            return raw.sqlite3_changes(_db);
        }
        finally
        {
            raw.sqlite3_reset(statement);
        }
    }

    /// <summary>The first row, or null.</summary>
    public T? One<T>(string sql, Func<SqlRow, T> read, params ReadOnlySpan<SqlValue> values)
        where T : class
    {
        var statement = Bound(sql, values);
        try
        {
            return Step(statement) ? read(new SqlRow(statement)) : null;
        }
        finally
        {
            raw.sqlite3_reset(statement);
        }
    }

    /// <summary>The whole number in the first column of the first row, or null where there is no row or it is NULL.</summary>
    public long? Number(string sql, params ReadOnlySpan<SqlValue> values)
    {
        var statement = Bound(sql, values);
        try
        {
            var row = new SqlRow(statement);
            return Step(statement) && !row.IsNull(0) ? row.Whole(0) : null;
        }
        finally
        {
            raw.sqlite3_reset(statement);
        }
    }

    public List<T> All<T>(string sql, Func<SqlRow, T> read, params ReadOnlySpan<SqlValue> values)
    {
        var statement = Bound(sql, values);
        var rows = new List<T>();
        try
        {
            while (Step(statement))
                rows.Add(read(new SqlRow(statement)));
            return rows;
        }
        finally
        {
            raw.sqlite3_reset(statement);
        }
    }

    /// <summary>Visits rows without a list; <paramref name="visit"/> returns false to stop.</summary>
    public void Each(string sql, Func<SqlRow, bool> visit, params ReadOnlySpan<SqlValue> values)
    {
        var statement = Bound(sql, values);
        try
        {
            while (Step(statement) && visit(new SqlRow(statement)))
            {
            }
        }
        finally
        {
            raw.sqlite3_reset(statement);
        }
    }

    /// <summary>Runs several statements that are not kept prepared: pragmas and migrations.</summary>
    public void Script(string sql)
    {
        var code = raw.sqlite3_exec(_db, sql, out var message);
        if (code != raw.SQLITE_OK)
            throw new SqlException(code, message ?? Message());
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
            statement.Dispose();
        _db.Dispose();
    }

    private sqlite3_stmt Bound(string sql, ReadOnlySpan<SqlValue> values)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            var code = raw.sqlite3_prepare_v3(_db, sql, raw.SQLITE_PREPARE_PERSISTENT, out statement);
            if (code != raw.SQLITE_OK)
                throw new SqlException(code, Message());
            _statements.Add(sql, statement);
        }

        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i];
            _ = value.Kind switch
            {
                SqlKind.Whole => raw.sqlite3_bind_int64(statement, i + 1, value.Whole),
                SqlKind.Real => raw.sqlite3_bind_double(statement, i + 1, value.Real),
                SqlKind.Text => raw.sqlite3_bind_text(statement, i + 1, value.Text!),
                SqlKind.Blob => raw.sqlite3_bind_blob(statement, i + 1, value.Blob.Span),
                _ => raw.sqlite3_bind_null(statement, i + 1),
            };
        }

        return statement;
    }

    private bool Step(sqlite3_stmt statement)
    {
        var code = raw.sqlite3_step(statement);
        return code switch
        {
            raw.SQLITE_ROW => true,
            raw.SQLITE_DONE => false,
            _ => throw new SqlException(raw.sqlite3_extended_errcode(_db), Message()),
        };
    }

    private string Message() => raw.sqlite3_errmsg(_db).utf8_to_string();
}

/// <summary>SQLite said no; <see cref="Code"/> is its extended result code.</summary>
internal sealed class SqlException(int code, string message) : Exception(message)
{
    public int Code => code;

    public bool IsUniqueViolation => code is 2067 or 1555;

    public bool IsFull => (code & 0xff) == raw.SQLITE_FULL;
}
