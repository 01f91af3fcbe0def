namespace Fangd.Server.Storage;

/// <summary>One value to bind; made by implicit conversion, so that a call reads like its SQL.</summary>
internal readonly struct SqlValue
{
    private SqlValue(SqlKind kind, long whole = 0, double real = 0, string? text = null, ReadOnlyMemory<byte> blob = default)
    {
        Kind = kind;
        Whole = whole;
        Real = real;
        Text = text;
        Blob = blob;
    }

    public SqlKind Kind { get; }

    public long Whole { get; }

    public double Real { get; }

    public string? Text { get; }

    public ReadOnlyMemory<byte> Blob { get; }

    public static implicit operator SqlValue(long value) => new(SqlKind.Whole, whole: value);

    public static implicit operator SqlValue(int value) => new(SqlKind.Whole, whole: value);

    public static implicit operator SqlValue(bool value) => new(SqlKind.Whole, whole: value ? 1 : 0);

    public static implicit operator SqlValue(long? value) => value is { } whole ? whole : new SqlValue(SqlKind.Null);

    public static implicit operator SqlValue(double value) => new(SqlKind.Real, real: value);

    public static implicit operator SqlValue(string? value) => value is null ? new SqlValue(SqlKind.Null) : new(SqlKind.Text, text: value);

    public static implicit operator SqlValue(ReadOnlyMemory<byte> value) => new(SqlKind.Blob, blob: value);

    /// <summary>Times are stored as Unix milliseconds.</summary>
    public static implicit operator SqlValue(DateTimeOffset value) => value.ToUnixTimeMilliseconds();
}

internal enum SqlKind
{
    Null,
    Whole,
    Real,
    Text,
    Blob,
}
