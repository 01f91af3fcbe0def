using Fangd.Server.Http;

namespace Fangd.Server.Files;

public sealed partial record IdentityFileEntry(string Name, bool Exists, long SizeBytes) : IAnswer;

public sealed partial record IdentityFileList(IReadOnlyList<IdentityFileEntry> Files) : IAnswer;

public sealed partial record IdentityFile(string Name, string Content, long SizeBytes) : IAnswer;

public sealed partial record IdentityFileRequest(string? Content) : IRequest<IdentityFileRequest>;

public sealed partial record IdentityFileWritten(string Status, string Name, long SizeBytes) : IAnswer;

public sealed partial record UploadAnswer(string FileId, string Filename, string ContentType, long Size) : IAnswer;
