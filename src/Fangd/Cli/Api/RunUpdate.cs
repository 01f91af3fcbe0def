namespace Fangd.Cli.Api;

/// <summary>What a client sees of a run while it goes on.</summary>
internal abstract record RunUpdate;

internal sealed record AnswerText(string Text) : RunUpdate;

internal sealed record ToolCalled(string Tool) : RunUpdate;

/// <summary>A call waits until a person approves it.</summary>
internal sealed record ApprovalWaits(string Id, string Description) : RunUpdate;

/// <summary><paramref name="Input"/>: the arguments as JSON; empty when the daemon does not say.</summary>
internal sealed record ToolDone(string Tool, string Input, bool IsError) : RunUpdate;

/// <summary>The run ended well; last update.</summary>
internal sealed record RunDone(long InputTokens, long OutputTokens, double CostUsd) : RunUpdate;

/// <summary>The run ended badly; last update.</summary>
internal sealed record RunBroken(string Message) : RunUpdate;
