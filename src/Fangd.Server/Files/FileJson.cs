using System.Text.Json.Serialization;

namespace Fangd.Server.Files;

public sealed record IdentityFileEntry(string Name, bool Exists, long SizeBytes);

public sealed record IdentityFileList(IReadOnlyList<IdentityFileEntry> Files);

public sealed record IdentityFile(string Name, string Content, long SizeBytes);

public sealed record IdentityFileRequest(string? Content);

public sealed record IdentityFileWritten(string Status, string Name, long SizeBytes);

public sealed record UploadAnswer(string FileId, string Filename, string ContentType, long Size);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(IdentityFileList))]
[JsonSerializable(typeof(IdentityFile))]
[JsonSerializable(typeof(IdentityFileRequest), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(IdentityFileWritten))]
[JsonSerializable(typeof(UploadAnswer))]
internal sealed partial class FileJson : JsonSerializerContext;
