using SQLitePCL;

namespace Fangd.Server.Storage;

/// <summary>The row a statement stands on; columns by position, valid until the next step.</summary>
internal readonly struct SqlRow(sqlite3_stmt statement)
{
    public long Whole(int column) => raw.sqlite3_column_int64(statement, column);

    public int Int(int column) => (int)raw.sqlite3_column_int64(statement, column);

    public bool Flag(int column) => raw.sqlite3_column_int64(statement, column) != 0;

    public double Real(int column) => raw.sqlite3_column_double(statement, column);

    public string Text(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string() ?? "";

    public string? TextOrNull(int column) => IsNull(column) ? null : raw.sqlite3_column_text(statement, column).utf8_to_string();

    /// <summary>The bytes of a text or blob column; valid until the next step.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(statement, column);

    public DateTimeOffset Time(int column) => DateTimeOffset.FromUnixTimeMilliseconds(Whole(column));

    public DateTimeOffset? TimeOrNull(int column) => IsNull(column) ? null : Time(column);

    public bool IsNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;
}
