namespace Fangd.JsonSource;

/// <summary>A property. <paramref name="Argument"/>: it is set through the constructor, under this name; otherwise in the initializer.</summary>
internal sealed record Field(string Property, string Key, FieldType Type, bool IsWrittenWhenNull, bool IsSet, string? Argument, string? Absent);

/// <summary>What a value is. <paramref name="Type"/> in full; <paramref name="Item"/> is the type of a list's items or of a map's values.</summary>
internal sealed record FieldType(Kind Kind, bool IsNullable, string Type, FieldType? Item);

internal enum Kind
{
    Text,
    Flag,
    Number,
    Enum,
    Moment,
    Raw,
    Object,
    List,
    Map,
}
