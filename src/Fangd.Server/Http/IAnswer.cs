using System.Text.Json;

namespace Fangd.Server.Http;

/// <summary>
/// A JSON body that is sent, or an object in one. A sealed partial record that claims this gets <see cref="WriteTo"/> from the generator
/// Fangd.JsonSource: its public properties under their names in snake_case (or their JsonPropertyName), without those that are null (or
/// with, by JsonIgnore's condition Never). Two of them are equal only when they are the same object, and its text is its JSON.
/// </summary>
internal interface IAnswer
{
    void WriteTo(Utf8JsonWriter json);
}
