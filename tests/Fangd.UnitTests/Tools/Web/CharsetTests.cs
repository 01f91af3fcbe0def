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

    public static TheoryData<string, byte[], string> Known => new()
    {
        { "windows-1251", [0xCF, 0xF0, 0xE8, 0xE2, 0xE5, 0xF2], "Привет" },
        { "KOI8-R", [0xF0, 0xD2, 0xC9, 0xD7, 0xC5, 0xD4], "Привет" },
        { "koi8-u", [0xA7, 0xD6, 0xC1, 0xCB], "їжак" },
        { "iso-8859-2", [0x50, 0xF8, 0xED, 0x6C, 0x69, 0xB9, 0x20, 0xBE, 0x6C, 0x75, 0xBB], "Příliš žluť" },
        { "windows-1250", [0xA3, 0xF3, 0x64, 0x9F, 0x20, 0x96], "Łódź –" },
        { "iso-8859-7", [0xC5, 0xEB, 0xEB, 0xDC, 0xE4, 0xE1], "Ελλάδα" },
        { "windows-1253", [0xC5, 0xEB, 0xEB, 0xDC, 0xE4, 0xE1], "Ελλάδα" },
        { "windows-1255", [0xF9, 0xEC, 0xE5, 0xED], "שלום" },
        { "windows-1256", [0xD3, 0xE1, 0xC7, 0xE3], "سلام" },
        { "tis-620", [0xE4, 0xB7, 0xC2], "ไทย" },
        { "iso-8859-9", [0x49, 0xFE, 0xFD, 0x6B], "Işık" },
        { "latin9", [0x35, 0x20, 0xA4, 0x20, 0xBC, 0x75, 0x76, 0x72, 0x65], "5 € Œuvre" },
        { "ibm866", [0x8C, 0xA8, 0xE0], "Мир" },
        { "macintosh", [0x47, 0x72, 0x9F, 0xA7, 0x65], "Grüße" },
        { "windows-1257", [0xDE, 0xE0, 0x73, 0x69, 0x73], "Žąsis" },
        { "iso-8859-5", [0xBC, 0xD8, 0xE0], "Мир" },
    };

    [Theory]
    [MemberData(nameof(Known))]
    public void Single_byte_charsets_are_read_by_any_of_their_labels(string label, byte[] bytes, string text)
    {
        Assert.Equal(text, Charsets.Decode(bytes, label, out var unknown));
        Assert.Null(unknown);
    }

    [Fact]
    public void A_charset_that_is_not_known_is_named()
    {
        Assert.StartsWith("abc", Charsets.Decode([.. "abc"u8, 0x83], "Shift_JIS", out var unknown));
        Assert.Equal("shift_jis", unknown);
    }

    [Fact]
    public void What_cannot_be_read_is_left_out_and_markup_stays()
    {
        // "日本" in Shift_JIS: its second byte looks like a letter.
        Assert.Equal("<b>\uFFFD</b> ok", Charsets.Decode([.. "<b>"u8, 0x93, 0xFA, 0x96, 0x7B, .. "</b> ok"u8], "shift_jis", out _));
    }

    [Fact]
    public void A_page_that_claims_another_charset_and_is_utf_8_is_read_as_such()
    {
        Assert.Equal("日本", Charsets.Decode("日本"u8, "gbk", out var unknown));
        Assert.Null(unknown);
    }
}
