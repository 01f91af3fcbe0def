using Fangd.Engine.Outbound;
using Fangd.Engine.Processes;

namespace Fangd.Engine.Tools.Browser;

/// <summary>What browsers are made of.</summary>
public sealed record BrowserPieces(OutboundHttp Outbound, ProcessRunner Programs, BrowserSettings Settings, TimeProvider Time);
