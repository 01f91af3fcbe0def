using System.Text;
using System.Text.Json;
using Fangd.Engine.Tools.Web.Html;

namespace Fangd.Engine.Tools.Browser;

/// <summary>Reads the page as its scripts have left it.</summary>
public sealed class ReadPageTool(BrowserPool pool, TimeProvider time) : BrowserTool(pool, _spec, time)
{
    private const int MaxCharacters = 50_000;

    private static readonly ToolSpec _spec = new(
        "browser_read_page",
        "Reads the open page as Markdown, and lists what can be clicked or filled in.",
        """{"type":"object","properties":{}}"""u8.ToArray(),
        ToolRisk.Low);

    // What a person could act on, each with a selector that finds it again.
    private const string Controls = """
        (() => {
          const path = e => {
            if (e.id) return '#' + CSS.escape(e.id);
            if (e.name) return `${e.localName}[name="${CSS.escape(e.name)}"]`;
            const steps = [];
            for (; e && e !== document.body && steps.length < 6; e = e.parentElement) {
              if (e.id) { steps.unshift('#' + CSS.escape(e.id)); break; }
              const same = [...(e.parentElement?.children ?? [])].filter(c => c.localName === e.localName);
              steps.unshift(same.length > 1 ? `${e.localName}:nth-of-type(${same.indexOf(e) + 1})` : e.localName);
            }
            return steps.join(' > ');
          };
          return [...document.querySelectorAll('input:not([type=hidden]),textarea,select,button,[role=button],[contenteditable=true]')]
            .filter(e => e.getClientRects().length > 0).slice(0, 60)
            .map(e => `- ${path(e)} (${e.type || e.localName}) ${(e.innerText || e.getAttribute('aria-label') || e.placeholder || e.labels?.[0]?.innerText || '').trim().replace(/\s+/g, ' ').slice(0, 80)}`)
            .join('\n');
        })()
        """;

    internal override async Task<ToolOutcome> Step(JsonElement arguments, BrowserSession session, ToolScope scope, CancellationToken cancel)
    {
        var address = await session.Text("location.href.slice(0, 2000)", cancel);
        var html = await session.Text($"document.documentElement.outerHTML.slice(0, {HtmlParser.MaxLength})", cancel);
        var page = PageReader.Read(html, new Uri(address), MaxCharacters, findsMain: false);
        var text = new StringBuilder($"URL: {address}\nTitle: {page.Title}\n\n");
        var body = page.Text.Length <= MaxCharacters ? page.Text : page.Text[..(char.IsHighSurrogate(page.Text[MaxCharacters - 1]) ? MaxCharacters - 1 : MaxCharacters)] + "\n\n[cut]";
        text.Append(body.Length > 0 ? body : "(no text)");
        if (await session.Text(Controls, cancel) is { Length: > 0 } controls)
            text.Append("\n\nElements, by selector:\n").Append(controls);
        return Quoted(text.ToString());
    }
}
