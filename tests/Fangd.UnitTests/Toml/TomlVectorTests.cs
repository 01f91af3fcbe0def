using System.Globalization;
using System.Text.Json;
using Fangd.Toml;

namespace Fangd.UnitTests.Toml;

/// <summary>The public toml-test suite, for TOML 1.0: everything its own list of 1.0 files names.</summary>
public sealed class TomlVectorTests
{
    private static string? Folder
    {
        get
        {
            if (Environment.GetEnvironmentVariable("FANGD_VECTORS") is { Length: > 0 } configured)
                return Existing(Path.Combine(configured, "toml-test", "tests"));

            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                if (Existing(Path.Combine(folder.FullName, "shared", "vectors", "toml-test", "tests")) is { } found)
                    return found;
            }

            return null;
        }
    }

    [Fact]
    public void Every_invalid_document_has_a_fault()
    {
        var wrong = new List<string>();
        var count = 0;
        foreach (var file in Files("invalid/"))
        {
            count++;
            var document = TomlReader.Read(File.ReadAllBytes(file));
            if (document.Faults.Count == 0)
                wrong.Add(file);
            else if (document.Faults.Any(fault => fault.Line < 1 || fault.Column < 1 || fault.Message.Length == 0))
                wrong.Add($"{file}: a fault without place or message");
        }

        Assert.True(count > 400, $"only {count} files");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void Every_valid_document_reads_as_its_json_says()
    {
        var wrong = new List<string>();
        var count = 0;
        foreach (var file in Files("valid/"))
        {
            count++;
            var document = TomlReader.Read(File.ReadAllBytes(file));
            using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.ChangeExtension(file, ".json")));
            if (document.Faults.Count > 0)
                wrong.Add($"{file}: {document.Faults[0]}");
            else if (Difference(document.Root, expected.RootElement, "") is { } difference)
                wrong.Add($"{file}: {difference}");
        }

        Assert.True(count > 150, $"only {count} files");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void Every_valid_document_survives_being_written_and_read()
    {
        var wrong = new List<string>();
        foreach (var file in Files("valid/"))
        {
            var root = TomlReader.Read(File.ReadAllBytes(file)).Root;
            var text = TomlWriter.WriteDocument(root);
            var again = TomlReader.Read(text);
            if (again.Faults.Count > 0)
                wrong.Add($"{file}: {again.Faults[0]}\n{text}");
            else if (!root.ContentEquals(again.Root))
                wrong.Add($"{file}:\n{text}");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>Cut anywhere, the reader still ends and blames a place inside the text.</summary>
    [Fact]
    public void Every_prefix_of_every_document_is_read_without_an_exception()
    {
        foreach (var file in Files("valid/").Concat(Files("invalid/")))
        {
            var bytes = File.ReadAllBytes(file);
            for (var length = 0; length < Math.Min(bytes.Length, 600); length++)
            {
                foreach (var fault in TomlReader.Read(bytes.AsSpan(0, length)).Faults)
                    Assert.InRange(fault.Line, 1, length + 1);
            }
        }
    }

    private static string? Existing(string folder) => Directory.Exists(folder) ? folder : null;

    private static IEnumerable<string> Files(string prefix)
    {
        if (Folder is not { } folder)
        {
            Assert.Skip("the toml-test vectors are not here");
            return [];
        }

        return File.ReadLines(Path.Combine(folder, "files-toml-1.0.0"))
            .Where(line => line.StartsWith(prefix, StringComparison.Ordinal) && line.EndsWith(".toml", StringComparison.Ordinal))
            .Select(line => Path.Combine(folder, line));
    }

    private static string? Difference(TomlValue value, JsonElement expected, string path)
    {
        if (expected.ValueKind == JsonValueKind.Array)
            return ArrayDifference(value, expected, path);

        if (expected.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && expected.EnumerateObject().Count() == 2)
        {
            var text = expected.GetProperty("value").GetString()!;
            return IsScalar(value, type.GetString()!, text) ? null : $"{path}: {value} is not {type} {text}";
        }

        if (value is not TomlTable table)
            return $"{path}: {value.Kind}, not a table";

        var members = expected.EnumerateObject().ToList();
        if (members.Count != table.Count)
            return $"{path}: {table.Count} keys, not {members.Count}";
        return members
            .Select(member => table.TryGet(member.Name, out var child) ? Difference(child, member.Value, $"{path}/{member.Name}") : $"{path}/{member.Name}: missing")
            .FirstOrDefault(difference => difference is not null);
    }

    private static string? ArrayDifference(TomlValue value, JsonElement expected, string path)
    {
        if (value is not TomlArray array || array.Items.Count != expected.GetArrayLength())
            return $"{path}: {value} is not an array of {expected.GetArrayLength()}";
        return array.Items.Zip(expected.EnumerateArray(), (item, other) => Difference(item, other, path + "[]"))
            .FirstOrDefault(difference => difference is not null);
    }

    private static bool IsScalar(TomlValue value, string type, string text) => (value, type) switch
    {
        (TomlString s, "string") => s.Value == text,
        (TomlInteger i, "integer") => i.Value.ToString(CultureInfo.InvariantCulture) == text,
        (TomlBoolean b, "bool") => (b.Value ? "true" : "false") == text,
        (TomlFloat f, "float") => text switch
        {
            "inf" => double.IsPositiveInfinity(f.Value),
            "-inf" => double.IsNegativeInfinity(f.Value),
            "nan" => double.IsNaN(f.Value),
            _ => f.Value.Equals(double.Parse(text, CultureInfo.InvariantCulture)),
        },
        (TomlDateTime { DateTimeKind: TomlDateTimeKind.Offset }, "datetime") => SameMoment((TomlDateTime)value, text),
        (TomlDateTime { DateTimeKind: TomlDateTimeKind.Local }, "datetime-local") => SameMoment((TomlDateTime)value, text),
        (TomlDateTime { DateTimeKind: TomlDateTimeKind.Date }, "date-local") => SameMoment((TomlDateTime)value, text),
        (TomlDateTime { DateTimeKind: TomlDateTimeKind.Time }, "time-local") => SameMoment((TomlDateTime)value, text),
        _ => false,
    };

    // The suite writes fractions with and without trailing zeros, so the texts are compared without them.
    private static bool SameMoment(TomlDateTime moment, string expected) => Normal(moment.ToString()) == Normal(expected);

    private static string Normal(string moment)
    {
        var point = moment.IndexOf('.', StringComparison.Ordinal);
        if (point < 0)
            return moment;
        var end = point + 1;
        while (end < moment.Length && char.IsAsciiDigit(moment[end]))
            end++;
        return (moment[..point] + "." + moment[(point + 1)..end]).TrimEnd('0').TrimEnd('.') + moment[end..];
    }
}
