namespace Fangd.Engine.Tools.Web.Search;

/// <summary>One page that was found.</summary>
internal sealed record SearchHit(string Title, string Url, string Snippet);

/// <summary>What a provider found. <paramref name="Summary"/> is its own answer to the question, for those that give one.</summary>
internal sealed record SearchAnswer(IReadOnlyList<SearchHit> Hits, string? Summary = null);
