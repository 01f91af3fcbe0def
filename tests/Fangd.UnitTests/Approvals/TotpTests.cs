using System.Text;
using System.Text.Json;
using Fangd.Engine.Approvals;

namespace Fangd.UnitTests.Approvals;

public sealed class TotpTests
{
    private static readonly byte[] Secret = "12345678901234567890"u8.ToArray();

    /// <summary>RFC 6238, appendix B, the SHA-1 column.</summary>
    [Theory]
    [InlineData(59, "94287082")]
    [InlineData(1111111109, "07081804")]
    [InlineData(1111111111, "14050471")]
    [InlineData(1234567890, "89005924")]
    [InlineData(2000000000, "69279037")]
    [InlineData(20000000000, "65353130")]
    public void The_codes_are_those_of_the_rfc(long time, string code)
    {
        Assert.Equal(code, Totp.Code(Secret, Totp.StepAt(DateTimeOffset.FromUnixTimeSeconds(time)), digits: 8));
        Assert.Equal(code[2..], Totp.Code(Secret, Totp.StepAt(DateTimeOffset.FromUnixTimeSeconds(time))));
    }

    [Fact]
    public void The_codes_are_those_of_the_public_vectors()
    {
        if (File() is not { } file)
        {
            Assert.Skip("the RFC 6238 vectors are not here");
            return;
        }

        using var vectors = JsonDocument.Parse(System.IO.File.ReadAllBytes(file));
        var secret = Convert.FromHexString(vectors.RootElement.GetProperty("secrets").GetProperty("SHA1").GetString()!);
        var cases = vectors.RootElement.GetProperty("cases").EnumerateArray().ToList();
        Assert.NotEmpty(cases);
        Assert.All(cases, one => Assert.Equal(one.GetProperty("SHA1").GetString(), Totp.Code(secret, one.GetProperty("time").GetInt64() / 30, digits: 8)));
    }

    [Theory]
    [InlineData(-2, false)]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void One_step_either_side_is_taken(int off, bool isTaken)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1234567890);
        var step = Totp.StepAt(now) + off;

        Assert.Equal(isTaken ? step : null, Totp.Match(Secret, Totp.Code(Secret, step), now));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00592")]
    [InlineData("0059244")]
    [InlineData("00592é")]
    [InlineData("005 24")]
    public void What_is_no_code_matches_nothing(string code) => Assert.Null(Totp.Match(Secret, code, DateTimeOffset.FromUnixTimeSeconds(1234567890)));

    /// <summary>RFC 4648, section 10.</summary>
    [Theory]
    [InlineData("", "")]
    [InlineData("f", "MY")]
    [InlineData("fo", "MZXQ")]
    [InlineData("foo", "MZXW6")]
    [InlineData("foob", "MZXW6YQ")]
    [InlineData("fooba", "MZXW6YTB")]
    [InlineData("foobar", "MZXW6YTBOI")]
    public void Base32_is_that_of_the_rfc(string plain, string encoded)
    {
        Assert.Equal(encoded, Base32.Encode(Encoding.ASCII.GetBytes(plain)));
        Assert.Equal(plain, Encoding.ASCII.GetString(Base32.Decode(encoded.ToLowerInvariant() + "===")!));
        Assert.Null(Base32.Decode(encoded + "1"));
    }

    [Fact]
    public void The_uri_names_issuer_and_parameters() => Assert.Equal(
        "otpauth://totp/my%20fangd:admin?secret=MZXW6&issuer=my%20fangd&algorithm=SHA1&digits=6&period=30", Totp.Uri("my fangd", "admin", "MZXW6"));

    [Fact]
    public void A_recovery_code_matches_its_hash_alone_however_it_is_typed()
    {
        var (code, other) = (RecoveryCodes.New(), RecoveryCodes.New());
        var hash = RecoveryCodes.Hash(code);

        Assert.Matches("^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$", code);
        Assert.True(RecoveryCodes.Matches(hash, code));
        Assert.True(RecoveryCodes.Matches(hash, code.Replace("-", " ", StringComparison.Ordinal).ToLowerInvariant()));
        Assert.False(RecoveryCodes.Matches(hash, other));
        Assert.NotEqual(hash, RecoveryCodes.Hash(code));
        Assert.False(RecoveryCodes.IsCode("123456"));
    }

    private static string? File()
    {
        if (Environment.GetEnvironmentVariable("FANGD_VECTORS") is { Length: > 0 } configured)
            return Existing(Path.Combine(configured, "rfc6238", "rfc6238.json"));
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Existing(Path.Combine(folder.FullName, "shared", "vectors", "rfc6238", "rfc6238.json")) is { } found)
                return found;
        }

        return null;
    }

    private static string? Existing(string file) => System.IO.File.Exists(file) ? file : null;
}
