using Fangd.Toml;

namespace Fangd.UnitTests.Toml;

public sealed class TomlEditorTests
{
    [Fact]
    public void A_value_is_replaced_and_its_comment_stays() =>
        Assert.Equal("# top\na = 2 # why\nb=1\n", Set("# top\na = 1 # why\nb=1\n", "a", new TomlInteger(2)));

    [Fact]
    public void A_key_goes_behind_its_siblings() =>
        Assert.Equal("a = 1\nc = 3\n\n[t]\nx = 1\n", Set("a = 1\n\n[t]\nx = 1\n", "c", new TomlInteger(3)));

    [Fact]
    public void A_key_keeps_the_indentation_of_its_siblings() =>
        Assert.Equal("[t]\n  x = 1 # one\n  y = 2\n# end\n", Set("[t]\n  x = 1 # one\n# end\n", "t.y", new TomlInteger(2)));

    [Fact]
    public void The_first_key_of_the_root_goes_before_the_first_section() =>
        Assert.Equal("# about t\na = 1\n\n[t]\n", Set("# about t\n[t]\n", "a", new TomlInteger(1)));

    [Fact]
    public void A_title_stays_at_the_top() =>
        Assert.Equal("# title\n\na = 1\n\n# about t\n[t]\n", Set("# title\n\n# about t\n[t]\n", "a", new TomlInteger(1)));

    [Fact]
    public void A_missing_table_gets_a_header_at_the_end() =>
        Assert.Equal("a = 1\n\n[t.u]\nx = true\n", Set("a = 1", "t.u.x", new TomlBoolean(true)));

    [Fact]
    public void A_sub_table_goes_behind_its_family() =>
        Assert.Equal("[t]\nx = 1\n\n[t.u]\ny = 2\n\n[z]\n", Set("[t]\nx = 1\n\n[z]\n", "t.u.y", new TomlInteger(2)));

    [Fact]
    public void A_table_named_only_by_deeper_headers_gets_its_own() =>
        Assert.Equal("z = 1\n\n[t]\nx = 1\n\n# about u\n[t.u]\n", Set("z = 1\n\n# about u\n[t.u]\n", "t.x", new TomlInteger(1)));

    [Fact]
    public void A_dotted_table_grows_by_dotted_keys() =>
        Assert.Equal("a.b = 1\na.c.d = 2\nz = 0\n", Set("a.b = 1\nz = 0\n", "a.c.d", new TomlInteger(2)));

    [Fact]
    public void A_path_into_an_inline_table_rewrites_only_that() =>
        Assert.Equal("m = { a = {x=1, y = 2},  b = 'k' } # c\n", Set("m = { a = {x=1},  b = 'k' } # c\n", "m.a.y", new TomlInteger(2)));

    [Fact]
    public void An_empty_inline_table_gets_its_first_key() =>
        Assert.Equal("m = { a.b = 1 }\n", Set("m = {}\n", "m.a.b", new TomlInteger(1)));

    [Fact]
    public void An_element_of_an_array_of_tables_is_found_by_index() =>
        Assert.Equal(
            "[[l]]\na = 1\n[l.r]\nn = 1\n[[l]]\na = 2\n\n[l.r]\nn = 9\n",
            Set("[[l]]\na = 1\n[l.r]\nn = 1\n[[l]]\na = 2\n", "l.1.r.n", new TomlInteger(9)));

    [Fact]
    public void A_sub_table_of_an_earlier_element_stays_with_it()
    {
        var text = Set("[[l]]\na = 1\n\n# second\n[[l]]\na = 2\n", "l.0.r.n", new TomlInteger(9));

        Assert.Equal("[[l]]\na = 1\n\n[l.r]\nn = 9\n\n# second\n[[l]]\na = 2\n", text);
    }

    [Fact]
    public void The_count_appends_an_element() =>
        Assert.Equal("[[l]]\na = 1\n\n[[l]]\na = 2\n\n[z]\n", Set("[[l]]\na = 1\n\n[z]\n", "l.1.a", new TomlInteger(2)));

    [Fact]
    public void Comments_within_an_array_survive_a_change() =>
        Assert.Equal(
            "t = [\n  \"a\", # first\n  # between\n  \"x\",\n  \"y\",\n]\n",
            Set("t = [\n  \"a\", # first\n  # between\n  \"b\"\n]\n", "t", Strings("a", "x", "y")));

    [Fact]
    public void Items_go_with_their_line() =>
        Assert.Equal("t = [\n  \"a\", # first\n]\n", Set("t = [\n  \"a\", # first\n  \"b\",\n  \"c\",\n]\n", "t", Strings("a")));

    [Fact]
    public void Line_ends_are_those_of_the_text() =>
        Assert.Equal("a = 1\r\nb = \"x\\ny\"\r\n\r\n[t]\r\nc = 1\r\n", Set(Set("a = 1\r\n", "b", new TomlString("x\ny")), "t.c", new TomlInteger(1)));

    [Fact]
    public void A_byte_order_mark_stays_at_the_start() =>
        Assert.Equal("\uFEFFx = 1\n\n[t]\n", Set("\uFEFF[t]\n", "x", new TomlInteger(1)));

    [Fact]
    public void A_long_text_becomes_a_multi_line_string() =>
        Assert.Equal("[model]\nsystem_prompt = \"\"\"\nOne.\nTwo.\"\"\" # p\n", Set("[model]\nsystem_prompt = 'x' # p\n", "model.system_prompt", new TomlString("One.\nTwo.")));

    [Fact]
    public void A_section_set_as_a_whole_keeps_its_comments()
    {
        var table = new TomlTable { { "a", new TomlInteger(2) }, { "c", new TomlInteger(3) } };

        Assert.Equal("[t] # head\n# about a\na = 2 # one\nc = 3\n", Set("[t] # head\n# about a\na = 1 # one\nb = 2\n", "t", table));
    }

    [Fact]
    public void A_removed_key_takes_only_its_line() =>
        Assert.Equal("a = 1\n# about b\nc = 3\n", Remove("a = 1\n# about b\nb = [\n 1,\n] # x\nc = 3\n", "b"));

    [Fact]
    public void A_removed_section_takes_its_sub_sections() =>
        Assert.Equal("[a]\n\n[z]\n", Remove("[a]\n\n[t]\n# in t\nx = 1\n\n[t.u]\ny = 1\n\n[z]\n\n[t.v]\n", "t"));

    [Fact]
    public void A_removed_key_of_an_inline_table_leaves_the_others_as_they_were() =>
        Assert.Equal("m = { a.b = 'x', c = [1,2] }\n", Remove("m = {a.b = 'x', a.d = 1,   c = [1,2]}\n", "m.a.d"));

    [Fact]
    public void Removing_what_is_not_there_changes_nothing()
    {
        var editor = new TomlEditor("a = 1\n");

        Assert.False(editor.Remove(["b"]));
        Assert.False(editor.Remove(["a", "b"]));
        Assert.Equal("a = 1\n", editor.Text);
    }

    [Theory]
    [InlineData("a.b", "a is an integer")]
    [InlineData("l.5", "l has 1 items")]
    [InlineData("l.x.y", "l has 1 items")]
    public void A_path_that_cannot_be_is_refused(string path, string reason)
    {
        var editor = new TomlEditor("a = 1\nl = [1]\n");

        var refused = Assert.Throws<TomlException>(() => editor.Set(TomlKey.Parse(path)!, new TomlInteger(1)));
        Assert.Contains(reason, refused.Message);
        Assert.Equal("a = 1\nl = [1]\n", editor.Text);
    }

    [Fact]
    public void A_text_with_faults_is_not_edited() =>
        Assert.Contains("line 2", Assert.Throws<TomlException>(() => new TomlEditor("a = 1\nb = \n")).Message);

    private static string Set(string text, string path, TomlValue value)
    {
        var editor = new TomlEditor(text);
        editor.Set(TomlKey.Parse(path)!, value);
        return editor.Text;
    }

    private static string Remove(string text, string path)
    {
        var editor = new TomlEditor(text);
        Assert.True(editor.Remove(TomlKey.Parse(path)!));
        return editor.Text;
    }

    private static TomlArray Strings(params string[] items) => new(items.Select(item => new TomlString(item)));
}
