using System.Text.Json;

namespace Fangd.Server.Http;

/// <summary>
/// The fields of an object that was received. Each is null when it is absent or null, and a <see cref="JsonException"/> that names it when
/// it has the wrong type. Nothing that is given out needs the document that it was read from.
/// </summary>
internal readonly struct JsonFields
{
    private readonly JsonElement _object;
    private readonly string _path;

    private JsonFields(JsonElement value, string path)
    {
        _object = value.ValueKind == JsonValueKind.Object ? value : throw Wrong(path);
        _path = path;
    }

    /// <exception cref="JsonException">It is not JSON, not an object, or a field has the wrong type; <c>Path</c> then names it.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> json)
        where T : IRequest<T>
    {
        using var document = JsonDocument.Parse(json);
        return T.Read(new JsonFields(document.RootElement, ""));
    }

    /// <inheritdoc cref="Read{T}(ReadOnlyMemory{byte})"/>
    public static T Read<T>(string json)
        where T : IRequest<T>
    {
        using var document = JsonDocument.Parse(json);
        return T.Read(new JsonFields(document.RootElement, ""));
    }

    /// <summary>As <see cref="Read{T}(ReadOnlyMemory{byte})"/>, for an array of objects.</summary>
    public static IReadOnlyList<T?> ReadAll<T>(ReadOnlyMemory<byte> json)
        where T : class, IRequest<T>
    {
        using var document = JsonDocument.Parse(json);
        return Items<T>(document.RootElement, "");
    }

    public string? Text(string name) => Find(name, out var value) ? TextOf(value, At(name)) : null;

    public bool? Flag(string name) =>
        !Find(name, out var value) ? null : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(At(name));

    public int? Whole(string name) => !Find(name, out var value) ? null : IsNumber(value) && value.TryGetInt32(out var number) ? number : throw Wrong(At(name));

    public long? Long(string name) => !Find(name, out var value) ? null : IsNumber(value) && value.TryGetInt64(out var number) ? number : throw Wrong(At(name));

    public double? Number(string name) => !Find(name, out var value) ? null : IsNumber(value) && value.TryGetDouble(out var number) ? number : throw Wrong(At(name));

    public DateTimeOffset? Moment(string name) =>
        !Find(name, out var value) ? null : value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out var moment) ? moment : throw Wrong(At(name));

    public JsonElement? Raw(string name) => Find(name, out var value) ? value.Clone() : null;

    /// <summary>As <see cref="Raw"/>, but null is a value; what is absent is <see cref="JsonValueKind.Undefined"/>.</summary>
    public JsonElement RawOrNull(string name) => _object.TryGetProperty(name, out var value) ? value.Clone() : default;

    public T? Item<T>(string name)
        where T : class, IRequest<T> =>
        Find(name, out var value) ? T.Read(new JsonFields(value, At(name))) : null;

    public IReadOnlyList<T>? Items<T>(string name)
        where T : class, IRequest<T> =>
        Find(name, out var value) ? (IReadOnlyList<T>)Items<T>(value, At(name))! : null;

    public IReadOnlyList<string>? Texts(string name)
    {
        if (!Find(name, out var list))
            return null;
        if (list.ValueKind != JsonValueKind.Array)
            throw Wrong(At(name));
        var texts = new string[list.GetArrayLength()];
        var i = 0;
        foreach (var text in list.EnumerateArray())
        {
            texts[i] = TextOf(text, $"{At(name)}[{i}]");
            i++;
        }

        return texts;
    }

    public IReadOnlyDictionary<string, string>? Map(string name)
    {
        if (!Find(name, out var map))
            return null;
        if (map.ValueKind != JsonValueKind.Object)
            throw Wrong(At(name));
        var texts = new Dictionary<string, string>();
        foreach (var entry in map.EnumerateObject())
            texts[entry.Name] = TextOf(entry.Value, $"{At(name)}.{entry.Name}");
        return texts;
    }

    private static string TextOf(JsonElement value, string path)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(path);
        }
        catch (InvalidOperationException)
        {
            // Half a character stands in an escape.
            throw Wrong(path);
        }
    }

    private static T?[] Items<T>(JsonElement list, string path)
        where T : class, IRequest<T>
    {
        if (list.ValueKind != JsonValueKind.Array)
            throw Wrong(path);
        var items = new T?[list.GetArrayLength()];
        var i = 0;
        foreach (var item in list.EnumerateArray())
        {
            items[i] = item.ValueKind == JsonValueKind.Null ? null : T.Read(new JsonFields(item, $"{path}[{i}]"));
            i++;
        }

        return items;
    }

    private static bool IsNumber(JsonElement value) => value.ValueKind == JsonValueKind.Number;

    private static JsonException Wrong(string path) => new("the value has the wrong type", path, null, null);

    private bool Find(string name, out JsonElement value) => _object.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    private string At(string name) => _path.Length == 0 ? name : $"{_path}.{name}";
}
