using System.Text;
using Fangd.Engine.Tools.Web;

namespace Fangd.UnitTests.Tools.Web;

public sealed class CharsetTests
{
    [Theory]
    [InlineData("utf-8")]
    [InlineData("UTF8")]
    [InlineData(null)]
    public void Utf8_is_read_by_name_and_by_its_look(string? declared) =>
        Assert.Equal("Grüße 🦊", Charsets.Decode(Encoding.UTF8.GetBytes("Grüße 🦊"), declared, out _));

    [Theory]
    [InlineData("iso-8859-1")]
    [InlineData("\"windows-1252\"")]
    [InlineData("Latin1")]
    [InlineData(null)]
    public void Windows_1252_is_read_by_name_and_by_its_look(string? declared) =>
        Assert.Equal("Grüße – 5 €", Charsets.Decode([.. "Gr"u8, 0xFC, 0xDF, .. "e "u8, 0x96, .. " 5 "u8, 0x80], declared, out _));

    [Theory]
    [InlineData("<meta charset=windows-1252>")]
    [InlineData("<META http-equiv='Content-Type' content='text/html; charset=ISO-8859-1'>")]
    [InlineData("<meta charset = \"x\"><meta charset=\"latin1\" />")]
    public void A_page_names_its_charset_itself(string meta) =>
        Assert.EndsWith("Ã¼", Charsets.Decode([.. Encoding.ASCII.GetBytes(meta), .. "ü"u8], null, out _));

    [Fact]
    public void The_header_is_believed_before_the_page() =>
        Assert.EndsWith("ü", Charsets.Decode([.. "<meta charset=latin1>"u8, .. "ü"u8], "utf-8", out _));

    [Fact]
    public void A_byte_order_mark_is_believed_before_all()
    {
        Assert.Equal("ü", Charsets.Decode([0xEF, 0xBB, 0xBF, .. "ü"u8], "latin1", out _));
        Assert.Equal("ü", Charsets.Decode([0xFF, 0xFE, 0xFC, 0x00], null, out _));
        Assert.Equal("ü", Charsets.Decode([0xFE, 0xFF, 0x00, 0xFC], null, out _));
    }

    [Fact]
    public void A_charset_that_is_not_known_is_named()
    {
        Assert.StartsWith("abc", Charsets.Decode([.. "abc"u8, 0x83], "Shift_JIS", out var unknown));
        Assert.Equal("shift_jis", unknown);
    }
}
