using Fangd.Server.Http;

namespace Fangd.Server.AnthropicCompat;

public sealed partial record TokenCount(int InputTokens) : IAnswer;
