using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

/// <summary>Prints the version of this binary; touches neither the configuration nor the daemon.</summary>
internal sealed class VersionCommand : Command
{
    public override string Name => "version";
    public override string Summary => "Print the version of this binary";
    public override CommandGroup Group => CommandGroup.Other;
    public override IReadOnlyList<CommandOption> Options => [GlobalOptions.Json];

    public override Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        if (!context.IsJson)
        {
            context.Output.Line($"fangd {BuildInfo.Version}");
            return Task.FromResult(ExitCode.Ok);
        }
        context.Output.Json(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("name", "fangd");
            writer.WriteString("version", BuildInfo.Version);
            writer.WriteString("git_sha", BuildInfo.GitSha);
            writer.WriteString("build_date", BuildInfo.Date);
            writer.WriteString("platform", OperatingSystem.IsLinux() ? "linux" : "other");
            writer.WriteString("arch", RuntimeInformation.ProcessArchitecture switch { Architecture.X64 => "x86_64", Architecture.Arm64 => "aarch64", _ => "other" });
            writer.WriteString("runtime", RuntimeInformation.FrameworkDescription + (RuntimeFeature.IsDynamicCodeSupported ? "" : " NativeAOT"));
            writer.WriteEndObject();
        });
        return Task.FromResult(ExitCode.Ok);
    }
}
