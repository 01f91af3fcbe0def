namespace Fangd.Server.Http;

/// <summary>
/// A JSON body that is received, or an object in one. A sealed partial record that claims this gets <see cref="Read"/> from the generator
/// Fangd.JsonSource, with the names of <see cref="IAnswer"/>; an absent field is null or zero, an unknown one is passed over.
/// </summary>
internal interface IRequest<TSelf>
    where TSelf : IRequest<TSelf>
{
    /// <exception cref="System.Text.Json.JsonException">A field has the wrong type; <c>Path</c> names it.</exception>
    static abstract TSelf Read(JsonFields fields);
}
