using Fangd;
string? Opt(string n) { var i = Array.IndexOf(args, n); return i >= 0 && i + 1 < args.Length ? args[i + 1] : null; }
return await Daemon.Run(Opt("--home"), Opt("--config"), Console.Error, CancellationToken.None);
