using Fangd.Engine.Taint;

namespace Fangd.UnitTests.Taint;

public sealed class PersonalDataTests
{
    [Theory]
    [InlineData("Write to Ann.Lee+x@Mail.example.org.", "ann.lee+x@mail.example.org")]
    [InlineData("a@b.de", "a@b.de")]
    [InlineData("card 4111 1111 1111 1111, thanks", "4111111111111111")]
    [InlineData("5500-0000-0000-0004", "5500000000000004")]
    [InlineData("378282246310005", "378282246310005")]
    [InlineData("IBAN: DE89 3704 0044 0532 0130 00 (Ann)", "DE89370400440532013000")]
    [InlineData("GB82WEST12345698765432", "GB82WEST12345698765432")]
    [InlineData("call +49 (30) 901820-0 now", "+49309018200")]
    [InlineData("tel:+14155552671", "+14155552671")]
    public void What_is_personal_is_found_in_one_form(string text, string value) => Assert.Equal([value], PersonalData.Find(text));

    [Theory]
    [InlineData("")]
    [InlineData("@ and a@b and user@host and lib@1.2.3 and @name.example")]
    [InlineData("4111 1111 1111 1112")]
    [InlineData("1764316800000 and 1234567890123456")]
    [InlineData("94111111111111111x 41111111111111110000")]
    [InlineData("DE89 3704 0044 0532 0130 01")]
    [InlineData("DE8937040044053201300")]
    [InlineData("2+2 and x+49309018200 and +12 and +1234567890123456")]
    [InlineData("de305d54-75b4-431b-adb2-eb6b9e546014")]
    [InlineData("192.168.100.200:5000000000000")]
    public void What_only_looks_like_it_is_not(string text) => Assert.Empty(PersonalData.Find(text));

    [Fact]
    public void A_place_is_a_number_with_decimals() => Assert.Equal(["52.52", "13.405"], PersonalData.Places("52.5200,13.4050 and 1.25 and 2026.11.28 and 3."));
}
