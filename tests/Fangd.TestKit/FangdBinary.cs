using System.Diagnostics;

namespace Fangd.TestKit;

/// <summary>The published binary: <c>FANGD_BIN</c>, or <c>dist/fangd</c> of this repository.</summary>
public static class FangdBinary
{
    /// <summary>The path; null when there is none, which end-to-end tests take for a failure and others for "not asked for".</summary>
    public static string? Path { get; } = Find();

    /// <summary>Runs one command of the binary to its end.</summary>
    /// <param name="home">Its FANGD_HOME.</param>
    public static async Task<FinishedCommand> Run(string home, IReadOnlyList<string> arguments, CancellationToken cancel,
        string? input = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        using var process = Process.Start(StartInfo(home, arguments, environment ?? new Dictionary<string, string>()))!;
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var errors = process.StandardError.ReadToEndAsync(cancel);
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancel);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A command may end without reading its input.
        }
        try
        {
            await process.WaitForExitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return new FinishedCommand(process.ExitCode, await output, await errors);
    }

    internal static ProcessStartInfo StartInfo(string home, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment,
        IReadOnlyList<string>? launcher = null)
    {
        var binary = Path ?? throw new InvalidOperationException("there is no binary: run scripts/publish.sh, or set FANGD_BIN");
        string[] words = [.. launcher ?? [], binary, .. arguments];
        var start = new ProcessStartInfo(words[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = home,
        };
        foreach (var argument in words[1..])
            start.ArgumentList.Add(argument);
        // Nothing of the tester's own setup may leak in: no key of a provider, no fangd of their own.
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment["HOME"] = home;
        start.Environment["LANG"] = "C.UTF-8";
        start.Environment["TERM"] = "dumb";
        start.Environment["FANGD_HOME"] = home;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return start;
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("FANGD_BIN") is { Length: > 0 } named)
        {
            var full = System.IO.Path.GetFullPath(named);
            return File.Exists(full) ? full : throw new FileNotFoundException("FANGD_BIN names no file", full);
        }
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "fangd.sln")))
            {
                var built = System.IO.Path.Combine(folder.FullName, "dist", "fangd");
                return File.Exists(built) ? built : null;
            }
        }
        return null;
    }
}

/// <summary>What a command of the binary came to.</summary>
public sealed record FinishedCommand(int ExitCode, string Output, string Errors)
{
    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Errors}";
}
