using Fangd.Engine.Tools.Web.Html;

namespace Fangd.UnitTests.Tools.Web;

public sealed class PageReaderTests
{
    private static readonly Uri _page = new("https://example.org/docs/page.html");

    [Theory]
    [InlineData("<h1>A</h1><p>b", "# A\n\nb")]
    [InlineData("<p>one<p>two", "one\n\ntwo")]
    [InlineData("a<br>b<br/>c", "a\nb\nc")]
    [InlineData("  a \n\n b\t c ", "a b c")]
    [InlineData("a <b>bold</b> and <em>thin</em> text", "a **bold** and *thin* text")]
    [InlineData("a<b> b</b>c", "a **b**c")]
    [InlineData("<ul><li>a<li>b<ul><li>c</ul><li>d</ul>", "- a\n- b\n  - c\n- d")]
    [InlineData("<ol start=3><li>a</li><li>b</li></ol>", "3. a\n4. b")]
    [InlineData("<ul><li><p>a</p><p>b</p></li></ul>", "- a\n  \n  b")]
    [InlineData("<blockquote><p>a</p><p>b</p></blockquote>c", "> a\n> \n> b\n\nc")]
    [InlineData("<pre>if x:\n    y &lt; 1</pre>", "```\nif x:\n    y < 1\n```")]
    [InlineData("<pre><code>```</code></pre>", "````\n```\n````")]
    [InlineData("use <code>a b</code>.", "use `a b`.")]
    [InlineData("<hr>x", "---\n\nx")]
    [InlineData("<table><tr><th>a<th>b<tr><td>1<td>2|3</table>", "| a | b |\n| --- | --- |\n| 1 | 2\\|3 |")]
    [InlineData("<table><tr><td>only<tr><td>one column</table>", "onlyone column")]
    [InlineData("<dl><dt>a<dd>b<dt>c<dd>d</dl>", "a\n\n: b\n\nc\n\n: d")]
    public void Structure_becomes_markdown(string html, string text) => Assert.Equal(text, Read(html).Text);

    [Theory]
    [InlineData("<a href='/x?a=1&amp;b=2'>go</a>", "[go](https://example.org/x?a=1&b=2)")]
    [InlineData("<a href=other.html>go <b>on</b></a>", "[go **on**](https://example.org/docs/other.html)")]
    [InlineData("<a href='//cdn.example/y'>go</a>", "[go](https://cdn.example/y)")]
    [InlineData("<a href='javascript:alert(1)'>go</a>", "go")]
    [InlineData("<a href='data:text/html,x'>go</a>", "go")]
    [InlineData("<a href='#part'>go</a>", "go")]
    [InlineData("<a href='a(b)'>go</a>", "[go](https://example.org/docs/a(b%29)")]
    [InlineData("<a href='/x'><img src=y.png></a>", "")]
    [InlineData("<a href='/x'><img src=y.png alt='A cat'></a>", "[![A cat](https://example.org/docs/y.png)](https://example.org/x)")]
    [InlineData("<img src=y.png alt=''>", "")]
    [InlineData("<base href='https://other.example/'><a href=z>go</a>", "[go](https://other.example/z)")]
    [InlineData("<base href='file:///etc/'><a href=z>go</a>", "[go](https://example.org/docs/z)")]
    public void Links_are_kept_whole(string html, string text) => Assert.Equal(text, Read(html).Text);

    [Theory]
    [InlineData("a<script>if (a<b) x('</p>')</script>b", "ab")]
    [InlineData("a<STYLE>p{}</STYLE>b", "ab")]
    [InlineData("a<!-- <p>no</p> -->b", "ab")]
    [InlineData("a<!-- never closed", "a")]
    [InlineData("a<nav>menu</nav>b", "ab")]
    [InlineData("a<div hidden>secret</div>b", "ab")]
    [InlineData("a<span style='display: none'>secret</span>b", "ab")]
    [InlineData("a<p aria-hidden=true>secret</p>b", "ab")]
    [InlineData("a<template>t</template><svg><text>s</text></svg>b", "ab")]
    [InlineData("<script>never closed", "")]
    [InlineData("<!doctype html><?xml version='1.0'?>x", "x")]
    public void What_is_not_for_readers_is_left_out(string html, string text) => Assert.Equal(text, Read(html).Text);

    [Theory]
    [InlineData("&lt;&amp;&gt;&quot;&#39;", "<&>\"'")]
    [InlineData("&uuml;&Uuml;&szlig;&euro;&hellip;&mdash;", "üÜß€…—")]
    [InlineData("&#x1F98A;&#128570;", "🦊😺")]
    [InlineData("&#150;&#x80;", "–€")]
    [InlineData("&#0;&#xD800;&#x110000;", "\uFFFD\uFFFD\uFFFD")]
    [InlineData("a&nbsp;b&shy;c", "a bc")]
    [InlineData("AT&T &unknown; & &;", "AT&T &unknown; & &;")]
    [InlineData("&copy 2026", "© 2026")]
    [InlineData("&amp;lt;", "&lt;")]
    public void Entities_are_resolved_once(string html, string text) => Assert.Equal(text, Read(html).Text);

    [Theory]
    [InlineData("<")]
    [InlineData("</")]
    [InlineData("<a")]
    [InlineData("<a href")]
    [InlineData("<a href=")]
    [InlineData("<a href='")]
    [InlineData("<p><a/><//><b =x></b></i></table>")]
    [InlineData("<!")]
    [InlineData("<!--")]
    [InlineData("&#")]
    [InlineData("&#x")]
    [InlineData("<textarea>")]
    [InlineData("</td></tr></table>")]
    public void What_is_broken_is_read_to_its_end(string html)
    {
        Assert.DoesNotContain("end", Read(html).Text);
        Assert.Contains("end", Read(html + "''\"\"--></textarea>> end").Text);
    }

    [Fact]
    public void Nesting_without_end_is_flattened()
    {
        var html = string.Concat(Enumerable.Repeat("<div><ul><li><blockquote>", 50_000)) + "deep";

        Assert.EndsWith("deep", Read(html).Text);
    }

    [Fact]
    public void The_main_content_is_found_by_its_mark()
    {
        var page = Read($"<title> The \n page </title><body><header><a href=/>Home</a></header><div class=menu>{Links(30)}</div><main><h1>News</h1>{Paragraphs(4)}</main><footer>Imprint</footer>");

        Assert.Equal("The page", page.Title);
        Assert.StartsWith("# News\n\nParagraph 0", page.Text);
        Assert.DoesNotContain("Imprint", page.Text);
        Assert.DoesNotContain("Link 3", page.Text);
    }

    [Fact]
    public void The_main_content_is_found_by_its_text()
    {
        var page = Read($"<body><div id=side>{Links(30)}</div><div id=wrap><div id=text>{Paragraphs(6)}</div></div><div>{Links(30)}</div>");

        Assert.StartsWith("Paragraph 0", page.Text);
        Assert.Contains("Paragraph 5", page.Text);
        Assert.DoesNotContain("Link 3", page.Text);
    }

    [Fact]
    public void Of_several_articles_all_are_shown()
    {
        var page = Read($"<body><article>{Paragraphs(2)}</article><article><p>Second. {new string('x', 300)}</p></article>");

        Assert.Contains("Paragraph 1", page.Text);
        Assert.Contains("Second.", page.Text);
    }

    [Fact]
    public void The_whole_page_can_be_asked_for()
    {
        var page = PageReader.Read($"<main>{Paragraphs(4)}</main><footer>Imprint</footer>", _page, 50_000, findsMain: false);

        Assert.EndsWith("Imprint", page.Text);
    }

    [Fact]
    public void Writing_ends_near_the_limit()
    {
        var text = PageReader.Read(Paragraphs(1000), _page, 2000, findsMain: true).Text;

        Assert.InRange(text.Length, 2000, 2500);
    }

    private static ReadPage Read(string html) => PageReader.Read(html, _page, 50_000, findsMain: true);

    private static string Paragraphs(int count) => string.Concat(Enumerable.Range(0, count).Select(i =>
        $"<p>Paragraph {i} says this, that, and something more, so that it looks like the running text of an article and not like a menu.</p>"));

    private static string Links(int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"<p><a href=/{i}>Link {i} to another page of this site, one of many</a></p>"));
}
