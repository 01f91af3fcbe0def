namespace Fangd.Toml;

/// <summary>A TOML value. Scalars are immutable; arrays and tables are filled while they are made.</summary>
public abstract class TomlValue
{
    /// <summary>Where the value starts (for a table with a header: its header).</summary>
    public TomlPosition Position { get; internal set; }

    // Offsets into the text that was read, for the editor. Meaningless for a table that is not inline.
    internal int Start { get; set; }
    internal int End { get; set; }

    /// <summary>What the value is, as a reader of the file would call it: <c>a string</c>, <c>an integer</c>, …</summary>
    public abstract string Kind { get; }

    /// <summary>True when both say the same; positions and the order of keys do not count.</summary>
    public abstract bool ContentEquals(TomlValue other);

    /// <summary>The value as TOML text on one line.</summary>
    public override string ToString() => TomlWriter.WriteValue(this);
}

public sealed class TomlString(string value) : TomlValue
{
    public string Value { get; } = value;

    public override string Kind => "a string";

    public override bool ContentEquals(TomlValue other) => other is TomlString text && text.Value == Value;
}

public sealed class TomlInteger(long value) : TomlValue
{
    public long Value { get; } = value;

    public override string Kind => "an integer";

    public override bool ContentEquals(TomlValue other) => other is TomlInteger integer && integer.Value == Value;
}

public sealed class TomlFloat(double value) : TomlValue
{
    public double Value { get; } = value;

    public override string Kind => "a float";

    public override bool ContentEquals(TomlValue other) => other is TomlFloat number && number.Value.Equals(Value);
}

public sealed class TomlBoolean(bool value) : TomlValue
{
    public bool Value { get; } = value;

    public override string Kind => "a boolean";

    public override bool ContentEquals(TomlValue other) => other is TomlBoolean boolean && boolean.Value == Value;
}
