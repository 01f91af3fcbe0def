using System.Text.Json;
using Fangd.Server.Http;

namespace Fangd.Server.Memory;

/// <summary>A value that is absent is not the same as null.</summary>
public sealed partial record KeyValueRequest(JsonElement Value) : IRequest<KeyValueRequest>;

public sealed partial record KeyValueChanged(string Status, string Key) : IAnswer;
