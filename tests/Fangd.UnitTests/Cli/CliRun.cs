using Fangd.Cli;
using Fangd.Cli.Chat;

namespace Fangd.UnitTests.Cli;

/// <summary>Runs command lines in this process, in a home of their own, and keeps what they print.</summary>
internal sealed class CliRun : IDisposable
{
    private readonly Dictionary<string, string> variables;
    private readonly StringWriter output = new();
    private readonly StringWriter error = new();
    private readonly List<Action> interrupts = [];

    public CliRun()
    {
        Home = Directory.CreateTempSubdirectory("fangd-cli-").FullName;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        variables = new() { ["FANGD_HOME"] = Home, ["HOME"] = Home };
    }

    public string Home { get; }
    public string ConfigFile => Path.Combine(Home, "config.toml");
    public string Out => output.ToString();
    public string Error => error.ToString();
    public string Input { get; init; } = "";
    public bool IsTerminal { get; init; }
    public Func<IKeyboard>? Keyboard { get; init; }
    public RunDaemon RunDaemon { get; init; } = (_, _, _) => Task.FromResult(99);
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public CliRun With(string variable, string value)
    {
        variables[variable] = value;
        return this;
    }

    public CliRun At(ScriptedDaemon daemon) => With("FANGD_URL", "http://" + daemon.Address);

    /// <summary>Presses Ctrl-C.</summary>
    public void Interrupt()
    {
        Action[] callbacks;
        lock (interrupts)
            callbacks = [.. interrupts];
        foreach (var callback in callbacks)
            callback();
    }

    public Task<int> Run(params string[] arguments)
    {
        output.GetStringBuilder().Clear();
        error.GetStringBuilder().Clear();
        var host = new CliHost
        {
            Out = TextWriter.Synchronized(output),
            Error = TextWriter.Synchronized(error),
            In = () => new StringReader(Input),
            Variable = variables.GetValueOrDefault,
            Time = Time,
            RunDaemon = RunDaemon,
            IsInputTerminal = IsTerminal,
            IsOutputTerminal = IsTerminal,
            Keyboard = Keyboard,
            OnInterrupt = callback =>
            {
                lock (interrupts)
                    interrupts.Add(callback);
                return new Registration(() => { lock (interrupts) interrupts.Remove(callback); });
            },
        };
        return CommandLine.Run(arguments, host, TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        Directory.Delete(Home, recursive: true);
        output.Dispose();
        error.Dispose();
    }

    private sealed class Registration(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
