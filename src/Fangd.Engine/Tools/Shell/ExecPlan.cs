namespace Fangd.Engine.Tools.Shell;

/// <summary>A command that passed: exactly what is started. <paramref name="FileName"/> is an absolute path.</summary>
public sealed record ExecPlan(string FileName, IReadOnlyList<string> Arguments);
