namespace Fangd.Server.Sessions;

/// <summary>A session by its two names: the row key for joins, the UUID for the world.</summary>
internal sealed record SessionRef(long Key, string Id);
