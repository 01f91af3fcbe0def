using Fangd.Server.Http;

namespace Fangd.Server.Approvals;

/// <summary>Enrolment of the second factor.</summary>
internal sealed class TotpEndpoints(SecondFactorCheck factor)
{
    public void Map(RouteTable routes)
    {
        routes.Post("/api/approvals/totp/setup", SetUp);
        routes.Post("/api/approvals/totp/confirm", Confirm);
        routes.Get("/api/approvals/totp/status", exchange => exchange.Ok(factor.Status()));
        routes.Delete("/api/approvals/totp", Revoke);
        // How LibreFang's own client does it.
        routes.Post("/api/approvals/totp/revoke", Revoke);
    }

    private async Task SetUp(Exchange exchange) => await exchange.Ok(await factor.SetUp(exchange.Aborted));

    private async Task Confirm(Exchange exchange)
    {
        await factor.Confirm(await Code(exchange), exchange.Aborted);
        await exchange.Ok(new TotpChanged("confirmed"));
    }

    private async Task Revoke(Exchange exchange)
    {
        await factor.Revoke(await Code(exchange), exchange.Aborted);
        await exchange.Deleted(new TotpChanged("revoked"));
    }

    private static async Task<string> Code(Exchange exchange) => (await exchange.ReadJson<TotpCode>()).Code is { Length: > 0 } code
        ? code
        : throw ApiException.BadRequest("code is missing");
}
