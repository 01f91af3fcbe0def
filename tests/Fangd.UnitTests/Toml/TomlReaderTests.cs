using Fangd.Toml;

namespace Fangd.UnitTests.Toml;

public sealed class TomlReaderTests
{
    [Fact]
    public void A_fault_has_line_column_and_key_path()
    {
        var fault = Assert.Single(TomlReader.Read("[model]\nprovider = \"x\"\nmax_tokens = 12x\n").Faults);

        Assert.Equal((3, 14, "model.max_tokens"), (fault.Line, fault.Column, fault.KeyPath));
        Assert.Contains("12x", fault.Message);
    }

    [Fact]
    public void All_faults_are_reported_at_once_and_the_rest_is_read()
    {
        var document = TomlReader.Read("a = = 1\nb = 2\nc = yes\n[t\nd = 'x'\n[u]\ne = \"open\nf = 3 4\ng = 5\n");

        Assert.Equal([1, 3, 4, 7, 8], document.Faults.Select(fault => fault.Line));
        Assert.Equal(2, document.Root.GetInteger("b"));
        Assert.Equal(5, document.Root.GetTable("u")!.GetInteger("g"));
    }

    [Fact]
    public void An_array_that_breaks_in_the_middle_is_one_fault()
    {
        var document = TomlReader.Read("a = [\n  \"x\",\n  oops,\n  \"y\",\n]\nb = 1\n[t]\nc = 2\n");

        var fault = Assert.Single(document.Faults);
        Assert.Equal((3, "a"), (fault.Line, fault.KeyPath));
        Assert.Equal(1, document.Root.GetInteger("b"));
        Assert.Equal(2, document.Root.GetTable("t")!.GetInteger("c"));
    }

    [Fact]
    public void A_multi_line_string_without_an_end_blames_its_start()
    {
        var document = TomlReader.Read("[model]\nsystem_prompt = \"\"\"\nYou are\na poet.\n[capabilities]\ntools = []\n");

        var fault = Assert.Single(document.Faults);
        Assert.Equal((2, 17, "model.system_prompt"), (fault.Line, fault.Column, fault.KeyPath));
        Assert.True(document.Root.Contains("capabilities"));
    }

    [Fact]
    public void A_key_that_is_there_twice_names_the_line_of_the_first()
    {
        var fault = Assert.Single(TomlReader.Read("name = 'a'\nx = 1\nname = 'b'\n").Faults);

        Assert.Equal((3, 1, "name"), (fault.Line, fault.Column, fault.KeyPath));
        Assert.Contains("line 1", fault.Message);
    }

    [Theory]
    [InlineData("on = True", "lower case")]
    [InlineData("on = yes", "quotes")]
    [InlineData("n = 0123", "leading zeros")]
    [InlineData("n = 9223372036854775808", "64 bits")]
    [InlineData("n = 0x8000000000000000", "64 bits")]
    [InlineData("p = \"C:\\dir\"", "single quotes")]
    [InlineData("größe = 1", "quotes")]
    [InlineData("t = 2024-02-30", "date")]
    public void A_common_mistake_is_told_how_to_mend_it(string text, string hint) =>
        Assert.Contains(hint, Assert.Single(TomlReader.Read(text).Faults).Message);

    [Fact]
    public void Bytes_that_are_not_utf8_are_a_fault_at_their_place()
    {
        var fault = TomlReader.Read([.. "a = 1\nb = \"x"u8, 0xFF, .. "\"\n"u8]).Faults[0];

        Assert.Equal((2, 7), (fault.Line, fault.Column));
        Assert.Contains("UTF-8", fault.Message);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_a_fault() =>
        Assert.Equal((2, 6), TomlReader.Read("a = '😀'\nb = '\uD83D'\n").Faults.Select(fault => (fault.Line, fault.Column)).Single());

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{a=", "}")]
    public void Deep_nesting_is_a_fault_and_not_a_stack_overflow(string open, string close)
    {
        var text = "x = " + string.Concat(Enumerable.Repeat(open, 100_000)) + string.Concat(Enumerable.Repeat(close, 100_000));

        Assert.Contains("nested", Assert.Single(TomlReader.Read(text).Faults).Message);
    }

    [Fact]
    public void A_key_of_a_thousand_parts_is_a_fault() =>
        Assert.Contains("nested", Assert.Single(TomlReader.Read(string.Join('.', Enumerable.Repeat("a", 1000)) + " = 1").Faults).Message);

    [Fact]
    public void A_text_beyond_the_limit_is_one_fault() =>
        Assert.Contains("longer than 4 MiB", Assert.Single(TomlReader.Read(new string(' ', TomlReader.MaxLength + 1)).Faults).Message);

    [Fact]
    public void The_number_of_faults_is_bounded() =>
        Assert.Equal(100, TomlReader.Read(string.Concat(Enumerable.Repeat("= 1\n", 5000))).Faults.Count);

    [Fact]
    public void Order_and_places_of_keys_are_kept()
    {
        var root = TomlReader.Read("z = 1\n  a.b = 2\n[m]\n").Root;

        Assert.Equal(["z", "a", "m"], root.Keys);
        Assert.Equal([new TomlPosition(1, 1), new TomlPosition(2, 3), new TomlPosition(3, 2)], root.Select(entry => entry.KeyPosition));
        Assert.True(root.TryGet("z", out var value));
        Assert.Equal(new TomlPosition(1, 5), value.Position);
    }

    [Fact]
    public void A_table_with_many_keys_finds_each()
    {
        var root = TomlReader.Read(string.Concat(Enumerable.Range(0, 500).Select(i => $"key{i} = {i}\n"))).Root;

        Assert.Equal(500, root.Count);
        Assert.All(Enumerable.Range(0, 500), i => Assert.Equal(i, root.GetInteger($"key{i}")));
        Assert.False(root.Contains("key500"));
    }

    [Theory]
    [InlineData("1.5e-7", 1.5e-7)]
    [InlineData("1e06", 1e6)]
    [InlineData("-0.0", -0.0)]
    [InlineData("6.626e-34", 6.626e-34)]
    public void Floats_with_exponents_are_not_taken_for_dates(string text, double expected) =>
        Assert.Equal(expected, Assert.IsType<TomlFloat>(TomlReader.Read($"x = {text}").Root.First().Value).Value);

    [Theory]
    [InlineData("a.b-c.d", "a|b-c|d")]
    [InlineData("a . \"b.c\"", "a|b.c")]
    [InlineData("a.", null)]
    [InlineData("a b", null)]
    [InlineData("", null)]
    public void A_dotted_key_is_split(string text, string? parts) =>
        Assert.Equal(parts, TomlKey.Parse(text) is { } found ? string.Join('|', found) : null);

    [Fact]
    public void A_document_is_written_readably()
    {
        var table = new TomlTable
        {
            { "model", new TomlTable { { "system_prompt", "Be\n\"kind\"\"\n\\o/\"" }, { "temperature", new TomlFloat(1) } } },
            { "name", "x\ty" },
            { "listener", new TomlArray([new TomlTable { { "address", "a" } }, new TomlTable()]) },
            { "odd key", new TomlArray([new TomlInteger(1), new TomlTable { { "k", new TomlBoolean(true) } }]) },
        };

        var text = TomlWriter.WriteDocument(table);

        Assert.Equal(
            "name = \"x\ty\"\n\"odd key\" = [1, { k = true }]\n\n[model]\nsystem_prompt = \"\"\"\nBe\n\"kind\\\"\"\n\\\\o/\\\"\"\"\"\ntemperature = 1.0\n\n[[listener]]\naddress = \"a\"\n\n[[listener]]\n",
            text);
        Assert.True(table.ContentEquals(TomlReader.Read(text).Root));
    }
}
