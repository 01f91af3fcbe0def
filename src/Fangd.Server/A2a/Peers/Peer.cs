using System.Text.Json;
using Fangd.Protocols.A2a;

namespace Fangd.Server.A2a.Peers;

/// <summary>An agent of another daemon.</summary>
/// <param name="Id">Our id for it.</param>
/// <param name="Url">Where its card is looked for: without a slash at the end.</param>
/// <param name="Name">As its card or the configuration calls it.</param>
/// <param name="CardText">Null until the card was fetched.</param>
/// <param name="IsApproved">Messages may be sent to it.</param>
internal sealed record Peer(string Id, string Url, string Name, string? CardText, bool IsApproved)
{
    /// <summary>The name under which its token lies in the vault; an environment variable of this name goes before.</summary>
    public string TokenName => $"A2A_TOKEN_{Id.Replace('-', '_').ToUpperInvariant()}";

    public A2aCard? Card => CardText is null ? null : ReadCard(CardText);

    /// <summary>Throws <see cref="A2aFault"/> for what is no card.</summary>
    public static A2aCard ReadCard(string text)
    {
        using var card = JsonDocument.Parse(text);
        return A2aCard.Read(card.RootElement);
    }

    public PeerDetail Shown()
    {
        var card = Card;
        return new PeerDetail(Id, Name, Url, card?.Description ?? "", card?.Skills ?? [], IsApproved ? "approved" : "discovered");
    }
}
