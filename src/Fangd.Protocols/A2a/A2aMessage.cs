using System.Text.Json;

namespace Fangd.Protocols.A2a;

/// <summary>One piece of content: exactly one of <see cref="Text"/>, <see cref="Raw"/>, <see cref="Url"/> and <see cref="Data"/> is set.</summary>
public sealed record A2aPart
{
    public string? Text { get; init; }

    /// <summary>A file's bytes as base64.</summary>
    public string? Raw { get; init; }

    /// <summary>Where a file is.</summary>
    public string? Url { get; init; }

    /// <summary>Any JSON value, null among them.</summary>
    public JsonElement? Data { get; init; }

    public string? MediaType { get; init; }

    public string? Filename { get; init; }

    public static A2aPart Of(string text) => new() { Text = text };
}

/// <summary>What one side says to the other.</summary>
public sealed record A2aMessage
{
    public required string Id { get; init; }

    public required bool IsFromAgent { get; init; }

    public required IReadOnlyList<A2aPart> Parts { get; init; }

    public string? ContextId { get; init; }

    public string? TaskId { get; init; }

    /// <summary>An object; undefined where there is none.</summary>
    public JsonElement Metadata { get; init; }

    /// <summary>All texts, joined as they stand.</summary>
    public string Text => string.Concat(Parts.Select(part => part.Text));
}
