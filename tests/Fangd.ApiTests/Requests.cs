using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Bodies that many tests send, and short names for reading answers.</summary>
internal static class Requests
{
    public const string NoAgent = "00000000-0000-4000-8000-000000000000";

    public static string Manifest(string toml) => $$"""{"manifest_toml": {{FakeJson.Quote(toml)}}}""";

    public static string Message(string text) => $$"""{"message": {{FakeJson.Quote(text)}}}""";

    public static string Message(string text, string session) => $$"""{"message": {{FakeJson.Quote(text)}}, "session_id": "{{session}}"}""";

    public static string Text(this JsonElement element, string field) => element.GetProperty(field).GetString()!;

    public static int Number(this JsonElement element, string field) => element.GetProperty(field).GetInt32();

    /// <summary>The sentence of an error body.</summary>
    public static string Error(this ApiResponse answer) => answer.Json.Text("error");
}
