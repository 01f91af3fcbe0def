using System.Net;
using System.Security.Cryptography;
using Fangd.Cli.Settings;
using Fangd.Cli.Syntax;
using Fangd.Server.Config;
using Fangd.Toml;

namespace Fangd.Cli.Commands;

/// <summary>Makes the home folder and a commented configuration.</summary>
internal sealed class InitCommand : Command
{
    private static readonly CommandOption WithKey = new("--with-key", "Make an API key, also for a loopback address");
    private static readonly CommandOption Listen = new("--listen", "Where clients connect; 127.0.0.1:4545 otherwise") { ValueName = "HOST:PORT" };
    private static readonly CommandOption Provider = new("--provider", "Provider of the default model") { ValueName = "NAME" };
    private static readonly CommandOption Model = new("--model", "The default model") { ValueName = "MODEL" };
    private static readonly CommandOption BaseUrl = new("--base-url", "Address of a model server of your own") { ValueName = "URL" };
    private static readonly CommandOption Force = new("--force", "Replace an existing configuration; the old one is kept as config.toml.old");

    public override string Name => "init";
    public override string Summary => "Make the home folder and a first configuration";
    public override CommandGroup Group => CommandGroup.Setup;

    public override string Details => """
        Not needed for a try on this machine: fangd start works without it. Other machines can
        only connect with a key, so an address that is not loopback always gets one. A
        provider whose key is in the environment becomes the default.
        """;

    public override IReadOnlyList<CommandOption> Options => [WithKey, Listen, Provider, Model, BaseUrl, Force, GlobalOptions.Json];

    public override IReadOnlyList<string> Examples =>
        ["fangd init", "fangd init --listen 0.0.0.0:4545", "fangd init --provider ollama --model qwen3:4b --base-url http://127.0.0.1:11434/v1"];

    public override Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var whereabouts = context.Whereabouts;
        var path = whereabouts.File;
        var isThere = File.Exists(path);
        if (isThere && !context.Line.Has(Force))
            throw new CommandException(ExitCode.Conflict, $"{path} is there already", "change it with: fangd config set KEY VALUE\nor replace it with: fangd init --force");
        var choices = Choose(context);
        try
        {
            OwnerOnly.MakeFolder(whereabouts.Home);
            OwnerOnly.MakeFolder(Path.GetDirectoryName(path)!);
            if (isThere)
                File.Move(path, path + ".old", overwrite: true);
            Write(context, path, choices);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Failed, $"{path} cannot be written", "see: fangd doctor");
        }
        if (context.IsJson)
            PrintJson(context, choices);
        else
            Print(context, choices);
        return Task.FromResult(ExitCode.Ok);
    }

    private static FirstChoices Choose(CommandContext context)
    {
        IPEndPoint? listen = null;
        if (context.Line.Value(Listen) is { } text && (!text.Contains(':') || !IPEndPoint.TryParse(text, out listen)))
            throw CommandException.Usage($"--listen takes an IP address and a port, like 0.0.0.0:4545, not \"{text}\"", "init");
        var isOpen = listen is not null && !IPAddress.IsLoopback(listen.Address);
        var key = context.Line.Has(WithKey) || isOpen ? RandomNumberGenerator.GetHexString(48, lowercase: true) : null;

        var (model, url) = (context.Line.Value(Model), context.Line.Value(BaseUrl));
        if (context.Line.Value(Provider) is { } provider)
        {
            model ??= ModelChoice.ModelOf(provider) ?? throw CommandException.Usage($"no usual model of \"{provider}\" is known: say which with --model MODEL", "init");
            return new FirstChoices(listen, key, provider, model, url);
        }
        if ((model ?? url) is not null)
            throw CommandException.Usage("--model and --base-url need --provider", "init");
        var found = ModelChoice.InEnvironment(context.Host.Variable);
        return new FirstChoices(listen, key, found?.Provider, found?.Model, null);
    }

    /// <summary>The commented text of the daemon with what was chosen set in it, and read back before anything is written.</summary>
    private static void Write(CommandContext context, string path, FirstChoices choices)
    {
        var editor = new TomlEditor(ConfigText.Default);
        if (choices.Listen is { } listen)
            editor.Set(["api_listen"], new TomlString(listen.ToString()));
        if (choices.ApiKey is { } key)
            editor.Set(["api_key"], new TomlString(key));
        if (choices.Provider is { } provider)
            editor.Set(["default_model", "provider"], new TomlString(provider));
        if (choices.Model is { } model)
            editor.Set(["default_model", "model"], new TomlString(model));
        if (choices.BaseUrl is { } url)
            editor.Set(["default_model", "base_url"], new TomlString(url));
        OwnerOnly.Write(path, editor.Text, FileMode.CreateNew);
        var config = ClientConfig.Read(context.Whereabouts);
        if (!config.Problems.HasFaults)
            return;
        File.Delete(path);
        throw new CommandException(ExitCode.Usage, config.Problems.Faults.First().Message, "see: fangd help init");
    }

    private static void Print(CommandContext context, FirstChoices choices)
    {
        var output = context.Output;
        output.Line($"{context.Whereabouts.File} is written.");
        if (choices.ApiKey is not null)
            output.Line("It holds a new API key; fangd's own commands read it there. Show it with: fangd config get api_key --reveal");
        output.Line();
        output.Line("Next:");
        if (choices.Provider is { } provider)
            output.Line($"  the default model is {provider}/{choices.Model}");
        else
            output.Line("  set OPENAI_API_KEY, or choose another model:  fangd init --force --provider ollama --model llama3.2");
        output.Line("  start fangd:     fangd start");
        output.Line("  make an agent:   fangd agent spawn assistant");
        output.Line("  talk to it:      fangd chat assistant");
        output.Line("  look for faults: fangd doctor");
    }

    private static void PrintJson(CommandContext context, FirstChoices choices) => context.Output.Json(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("home", context.Whereabouts.Home);
        writer.WriteString("config", context.Whereabouts.File);
        writer.WriteString("listen", (choices.Listen ?? new IPEndPoint(IPAddress.Loopback, 4545)).ToString());
        writer.WriteBoolean("api_key_set", choices.ApiKey is not null);
        writer.WriteString("provider", choices.Provider);
        writer.WriteString("model", choices.Model);
        writer.WriteEndObject();
    });

    private sealed record FirstChoices(IPEndPoint? Listen, string? ApiKey, string? Provider, string? Model, string? BaseUrl);
}
