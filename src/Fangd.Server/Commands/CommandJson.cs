using Fangd.Server.Http;

namespace Fangd.Server.Commands;

public sealed partial record ChatCommandItem(string Cmd, string Desc, string? Source) : IAnswer;

public sealed partial record ChatCommandList(IReadOnlyList<ChatCommandItem> Commands) : IAnswer;
