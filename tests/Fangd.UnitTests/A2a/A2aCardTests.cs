using System.Text.Json;
using Fangd.Protocols.A2a;

namespace Fangd.UnitTests.A2a;

/// <summary>Which ways to an agent are read from its card, in which order.</summary>
public sealed class A2aCardTests
{
    [Fact]
    public void A_card_of_1_0_offers_its_interfaces_in_its_own_order_and_what_is_not_spoken_here_is_left_out()
    {
        var card = Read("""
            {"name": "n", "description": "d", "version": "1", "capabilities": {"streaming": true}, "skills": [{"id": "s", "name": "S"}],
             "supportedInterfaces": [
                {"url": "https://a/grpc", "protocolBinding": "GRPC", "protocolVersion": "1.0"},
                {"url": "https://a/rest", "protocolBinding": "HTTP+JSON", "protocolVersion": "1.0", "tenant": "t"},
                {"url": "https://a/rpc", "protocolBinding": "JSONRPC", "protocolVersion": "1.0.1"},
                {"url": "https://a/new", "protocolBinding": "JSONRPC", "protocolVersion": "2.0"},
                {"url": "https://a/old", "protocolBinding": "JSONRPC", "protocolVersion": "0.3"}]}
            """);

        Assert.Equal(("n", "d", true), (card.Name, card.Description, card.Streams));
        Assert.Equal(["s"], card.Skills);
        Assert.Equal(
            [
                new A2aInterface("https://a/rest", A2aBinding.Rest, "t"),
                new A2aInterface("https://a/rpc", A2aBinding.JsonRpc, null),
                new A2aInterface("https://a/old", A2aBinding.OldJsonRpc, null),
            ],
            card.Interfaces);
    }

    [Fact]
    public void A_card_of_0_3_offers_its_url()
    {
        var card = Read("""{"name": "n", "url": "https://a/rpc", "protocolVersion": "0.3.0", "preferredTransport": "JSONRPC", "additionalInterfaces": [{"url": "https://a/g", "transport": "GRPC"}]}""");

        Assert.Equal([new A2aInterface("https://a/rpc", A2aBinding.OldJsonRpc, null)], card.Interfaces);
        Assert.False(card.Streams);
    }

    [Theory]
    [InlineData("[]", "the card must be an object")]
    [InlineData("{}", "name is missing")]
    [InlineData("""{"name": 1}""", "name must be a string")]
    public void What_is_no_card_is_refused(string json, string why)
    {
        Assert.Equal(why, Assert.Throws<A2aFault>(() => Read(json)).Message);
    }

    private static A2aCard Read(string json) => A2aCard.Read(JsonDocument.Parse(json).RootElement);
}
