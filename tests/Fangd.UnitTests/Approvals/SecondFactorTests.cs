using Fangd.Engine.Approvals;
using Fangd.Server.Approvals;
using Fangd.Server.Config;
using Fangd.Server.Http;
using Fangd.UnitTests.Vault;

namespace Fangd.UnitTests.Approvals;

public sealed class SecondFactorTests : IDisposable
{
    private readonly ApprovalRig _rig = new();
    private SecondFactorCheck _factor;

    public SecondFactorTests() => _factor = Open("second_factor = 'totp'\ntotp_grace_period_secs = 0");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _factor.Dispose();
        _rig.Dispose();
    }

    [Trait("suite", "escape")]
    [Fact]
    public async Task A_code_is_taken_once_also_after_a_restart()
    {
        var secret = await Enrol();
        Later();
        var code = Code(secret);

        await _factor.Demand("shell_exec", code, Cancel);
        await Refused("shell_exec", code);
        await Restart();

        await Refused("shell_exec", code);
        Later();
        await _factor.Demand("shell_exec", Code(secret), Cancel);
    }

    [Trait("suite", "escape")]
    [Fact]
    public async Task A_code_that_is_older_than_one_that_was_used_is_refused()
    {
        var secret = await Enrol();
        Later(3);
        var (older, newer) = (Code(secret, -1), Code(secret));
        await _factor.Demand("shell_exec", newer, Cancel);

        await Refused("shell_exec", older);
    }

    [Trait("suite", "escape")]
    [Fact]
    public async Task Of_one_code_given_many_times_at_once_one_is_taken()
    {
        var secret = await Enrol();
        Later();
        var code = Code(secret);

        var tried = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => IsTaken(code))));

        Assert.Single(tried, isTaken => isTaken);
    }

    [Trait("suite", "escape")]
    [Fact]
    public async Task Five_wrong_codes_lock_for_five_minutes_whatever_restarts_and_whatever_is_right_then()
    {
        var secret = await Enrol();
        Later();
        for (var n = 0; n < 5; n++)
            await Refused("shell_exec", "000000");

        Assert.Equal(ApiFault.TooManyRequests, (await Refusal("shell_exec", Code(secret))).Fault);
        await Restart();
        var locked = await Refusal("shell_exec", Code(secret));
        Assert.Equal((ApiFault.TooManyRequests, TimeSpan.FromSeconds(300)), (locked.Fault, TimeSpan.FromSeconds(Math.Ceiling(locked.RetryAfter!.Value.TotalSeconds))));

        _rig.Time.Advance(TimeSpan.FromSeconds(300));
        await _factor.Demand("shell_exec", Code(secret), Cancel);
    }

    [Fact]
    public async Task A_right_code_forgets_the_wrong_ones_before_it()
    {
        var secret = await Enrol();
        for (var round = 0; round < 3; round++)
        {
            for (var n = 0; n < 4; n++)
                await Refused("shell_exec", "000000");
            Later();
            await _factor.Demand("shell_exec", Code(secret), Cancel);
        }
    }

    [Trait("suite", "escape")]
    [Fact]
    public async Task Each_recovery_code_serves_once()
    {
        var setup = await _factor.SetUp(Cancel);
        await _factor.Confirm(Code(setup.Secret), Cancel);

        foreach (var code in setup.RecoveryCodes)
            await _factor.Demand("shell_exec", code, Cancel);

        Assert.Equal((8, 0), (setup.RecoveryCodes.Count, _factor.Status().RemainingRecoveryCodes));
        await Refused("shell_exec", setup.RecoveryCodes[0]);
    }

    [Trait("suite", "escape")]
    [Fact]
    public async Task A_recovery_code_does_not_confirm()
    {
        var setup = await _factor.SetUp(Cancel);

        await Assert.ThrowsAsync<ApiException>(() => _factor.Confirm(setup.RecoveryCodes[0], Cancel));

        Assert.Equal((false, 8), (_factor.Status().Confirmed, _factor.Status().RemainingRecoveryCodes));
    }

    [Fact]
    public async Task Within_the_grace_period_no_second_code_is_asked_for_and_a_restart_ends_it()
    {
        Reopen("second_factor = 'both'\ntotp_grace_period_secs = 100");
        var secret = await Enrol();
        await Refused("shell_exec", null);
        Later();
        await _factor.Demand("shell_exec", Code(secret), Cancel);

        _rig.Time.Advance(TimeSpan.FromSeconds(99));
        await _factor.Demand("shell_exec", null, Cancel);
        _rig.Time.Advance(TimeSpan.FromSeconds(2));
        await Refused("shell_exec", null);

        await _factor.Demand("shell_exec", Code(secret), Cancel);
        await Restart();
        await Refused("shell_exec", null);
    }

    [Fact]
    public async Task Only_the_named_tools_take_a_code()
    {
        Reopen("second_factor = 'totp'\ntotp_tools = ['shell_*']");
        await Enrol();

        await _factor.Demand("file_write", null, Cancel);
        await Refused("shell_exec", null);
    }

    [Theory]
    [InlineData("none", false)]
    [InlineData("login", false)]
    [InlineData("totp", true)]
    [InlineData("both", true)]
    public async Task Without_an_enrolment_nothing_is_approved_where_a_code_is_asked_for(string word, bool isAskedFor)
    {
        Reopen($"second_factor = '{word}'");

        if (isAskedFor)
            Assert.Contains("no second factor is enrolled", (await Refusal("shell_exec", "123456")).Message, StringComparison.Ordinal);
        else
            await _factor.Demand("shell_exec", null, Cancel);
        Assert.Equal(isAskedFor, _factor.Status().Enforced);
    }

    [Trait("suite", "escape")]
    [Fact]
    public async Task Setting_up_again_opens_no_lock()
    {
        var setup = await _factor.SetUp(Cancel);
        for (var n = 0; n < 5; n++)
            await Assert.ThrowsAsync<ApiException>(() => _factor.Confirm("000000", Cancel));

        setup = await _factor.SetUp(Cancel);

        Assert.Equal(ApiFault.TooManyRequests, (await Assert.ThrowsAsync<ApiException>(() => _factor.Confirm(Code(setup.Secret), Cancel))).Fault);
    }

    [Fact]
    public async Task Neither_secret_nor_recovery_codes_are_in_the_database()
    {
        var setup = await _factor.SetUp(Cancel);
        // The end of a database brings its log into the file.
        await _rig.Restart();

        var bytes = await File.ReadAllBytesAsync(Path.Combine(_rig.Home, "fangd.db"), Cancel);

        Assert.All(setup.RecoveryCodes.Append(setup.Secret), text => Assert.Equal(-1, bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(text))));
    }

    private async Task<string> Enrol()
    {
        var setup = await _factor.SetUp(Cancel);
        await _factor.Confirm(Code(setup.Secret), Cancel);
        return setup.Secret;
    }

    private void Later(int steps = 1) => _rig.Time.Advance(TimeSpan.FromSeconds(30 * steps));

    private string Code(string secret, int off = 0) => Totp.Code(Base32.Decode(secret), Totp.StepAt(_rig.Time.GetUtcNow()) + off);

    private async Task<bool> IsTaken(string code)
    {
        try
        {
            await _factor.Demand("shell_exec", code, Cancel);
            return true;
        }
        catch (ApiException)
        {
            return false;
        }
    }

    private Task<ApiException> Refusal(string tool, string? code) => Assert.ThrowsAsync<ApiException>(() => _factor.Demand(tool, code, Cancel));

    private async Task Refused(string tool, string? code) => Assert.Equal(ApiFault.BadRequest, (await Refusal(tool, code)).Fault);

    private async Task Restart()
    {
        var config = _factor.Config;
        await _rig.Restart();
        _factor.Dispose();
        _factor = new SecondFactorCheck(new TotpStore(_rig.Database), VaultRig.Vault(_rig.Home), config, _rig.Time);
    }

    private void Reopen(string section)
    {
        _factor.Dispose();
        _factor = Open(section);
    }

    private SecondFactorCheck Open(string section)
    {
        var load = ConfigFile.Parse(System.Text.Encoding.UTF8.GetBytes("[approval]\n" + section), "config.toml", "/home", _ => null, new Problems());
        return new SecondFactorCheck(new TotpStore(_rig.Database), VaultRig.Vault(_rig.Home), load.Config!.Approval, _rig.Time);
    }
}
