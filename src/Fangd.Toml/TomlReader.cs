using System.Text;

namespace Fangd.Toml;

/// <summary>Reads TOML 1.0. Never throws for what the text says; every fault that can be found is in the document.</summary>
public static class TomlReader
{
    /// <summary>Characters (or bytes); a longer text is one fault.</summary>
    public const int MaxLength = 4 * 1024 * 1024;

    public static TomlDocument Read(string text) => Read(text, null);

    /// <summary>Reads UTF-8. A byte sequence that is none is a fault at its line and column.</summary>
    public static TomlDocument Read(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxLength)
            return TooLong();

        var text = Encoding.UTF8.GetString(utf8);
        var document = Read(text, null);
        if (System.Text.Unicode.Utf8.IsValid(utf8))
            return document;

        var valid = 0;
        while (Rune.DecodeFromUtf8(utf8[valid..], out _, out var length) == System.Buffers.OperationStatus.Done)
            valid += length;
        var fault = FaultAt(Encoding.UTF8.GetString(utf8[..valid]), $"the text is not UTF-8: byte 0x{utf8[valid]:X2}");
        return document with { Faults = [fault, .. document.Faults] };
    }

    internal static TomlDocument Read(string text, List<TomlStatement>? statements)
    {
        if (text.Length > MaxLength)
            return TooLong();

        var scanner = new TomlScanner(text);
        var root = new TomlParser(scanner, statements).Parse();
        if (LoneSurrogate(text) is { } at and >= 0)
            scanner.Faults.Insert(0, FaultAt(text[..at], "half of a surrogate pair is not a character"));
        return new TomlDocument(root, scanner.Faults);
    }

    private static TomlDocument TooLong() =>
        new(new TomlTable(), [new TomlFault(1, 1, "", $"the text is longer than {MaxLength / 1024 / 1024} MiB")]);

    /// <summary>A fault just behind <paramref name="before"/>.</summary>
    private static TomlFault FaultAt(string before, string message)
    {
        var line = before.AsSpan().Count('\n') + 1;
        return new TomlFault(line, before.Length - before.LastIndexOf('\n'), "", message);
    }

    private static int LoneSurrogate(string text)
    {
        // One vectorised look for the usual text without any.
        var at = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        for (; at >= 0 && at < text.Length; at++)
        {
            if (!char.IsSurrogate(text[at]))
                continue;
            if (!char.IsHighSurrogate(text[at]) || at + 1 == text.Length || !char.IsLowSurrogate(text[at + 1]))
                return at;
            at++;
        }

        return -1;
    }
}
