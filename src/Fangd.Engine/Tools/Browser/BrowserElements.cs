using System.Text.Json;

namespace Fangd.Engine.Tools.Browser;

/// <summary>Finds elements of a page for the tools that act on one.</summary>
internal static class BrowserElements
{
    // A model that has only read the page knows what a button says and not its selector, so words are understood too.
    private const string Find = """
        (wanted) => {
          let found = null;
          try { found = document.querySelector(wanted); } catch { }
          if (found) return found;
          const said = e => (e.innerText || e.value || e.getAttribute('aria-label') || e.placeholder || '').trim().toLowerCase();
          const all = [...document.querySelectorAll('a,button,input,textarea,select,label,summary,[role=button],[role=link],[role=tab],[onclick]')];
          const words = wanted.trim().toLowerCase();
          return all.find(e => said(e) === words) || all.find(e => words.length > 2 && said(e).includes(words)) || null;
        }
        """;

    /// <summary>
    /// Brings the element into view and returns its centre in pixels of the window. Throws <see cref="BrowserFault"/> when there is none or it
    /// has no size.
    /// </summary>
    public static async Task<(double X, double Y)> Centre(BrowserSession session, string selector, CancellationToken cancel)
    {
        var box = await session.Evaluate(
            $$"""
            (() => {
              const e = ({{Find}})({{BrowserTool.Quote(selector)}});
              if (!e) return null;
              e.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
              const r = e.getBoundingClientRect();
              return [r.left + r.width / 2, r.top + r.height / 2, r.width * r.height];
            })()
            """,
            cancel);
        if (box.ValueKind is not JsonValueKind.Array || box.GetArrayLength() != 3 || box.EnumerateArray().Any(part => part.ValueKind is not JsonValueKind.Number))
            throw Missing(selector);
        if (box[2].GetDouble() <= 0)
            throw new BrowserFault($"The element \"{selector}\" is not visible.");
        return (box[0].GetDouble(), box[1].GetDouble());
    }

    /// <summary>Puts the cursor into the element and selects what is in it. Throws <see cref="BrowserFault"/>.</summary>
    public static async Task Focus(BrowserSession session, string selector, CancellationToken cancel)
    {
        var state = await session.Text(
            $$"""
            (() => {
              let e = ({{Find}})({{BrowserTool.Quote(selector)}});
              if (e instanceof HTMLLabelElement && e.control) e = e.control;
              if (!e) return 'missing';
              e.scrollIntoView({block: 'center', behavior: 'instant'});
              e.focus();
              if (e.select) e.select();
              else if (e.isContentEditable) getSelection().selectAllChildren(e);
              return document.activeElement === e ? 'focused' : 'refused';
            })()
            """,
            cancel);
        if (state == "missing")
            throw Missing(selector);
        if (state != "focused")
            throw new BrowserFault($"The element \"{selector}\" takes no text.");
    }

    private static BrowserFault Missing(string selector) =>
        new($"There is no element \"{selector}\" on the page; browser_read_page lists those that can be clicked or filled in.");
}
