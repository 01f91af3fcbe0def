namespace Fangd.Server.Files;

/// <summary>An uploaded file. <paramref name="Hash"/> is the SHA-256 of its bytes in lower-case hex, and where they lie.</summary>
internal sealed record Upload(string Id, string AgentId, string Filename, string ContentType, long Size, string Hash);
