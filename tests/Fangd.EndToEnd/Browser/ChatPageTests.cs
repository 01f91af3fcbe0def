namespace Fangd.EndToEnd.Browser;

/// <summary>The chat page in a real browser. Every test also demands that the browser had nothing to complain about.</summary>
public sealed class ChatPageTests(ChatPageFixture fixture) : IClassFixture<ChatPageFixture>
{
    // Only what the agent said: the question holds the words of the answer too.
    private const string Answers = "[...document.querySelectorAll('.assistant .text')].map(text => text.textContent).join('\\n')";
    private const string IsIdle = "!document.getElementById('send').hidden";
    private const string IsReady = "document.querySelector('#messages .hello')";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_answer_is_streamed_announced_and_there_after_a_reload()
    {
        await using var page = await fixture.Open(signedIn: true, Cancel);
        await Spawn(page);

        await Send(page, "<<say The answer is |**forty**-two.>>");
        await page.Until($"{Answers} === 'The answer is forty-two.' && {IsIdle}", Cancel);
        Assert.Equal("forty", await page.Text("document.querySelector('.assistant strong').textContent", Cancel));
        await page.Until("document.getElementById('announce').textContent.endsWith('answered: The answer is forty-two.')", Cancel);

        await page.Reload(Cancel);
        await page.Until($"{Answers} === 'The answer is forty-two.'", Cancel);
        Assert.Contains("<<say The answer is", await page.Text("document.querySelector('.user .body').textContent", Cancel), StringComparison.Ordinal);
        Assert.Equal(2, (await page.Evaluate("document.querySelectorAll('.message').length", Cancel)).GetInt32());
        Assert.Empty(page.Problems);
    }

    [Fact]
    public async Task Escape_stops_the_answer_and_the_next_message_is_answered()
    {
        await using var page = await fixture.Open(signedIn: true, Cancel);
        await Spawn(page);

        await Send(page, "<<say a beginning |and no end>><<hang 1>>");
        await page.Until($"{Answers}.includes('a beginning')", Cancel);
        Assert.False((await page.Evaluate(IsIdle, Cancel)).GetBoolean());
        await page.Press("Escape", Cancel);
        await page.Until($"{IsIdle} && document.querySelector('.notice.calm')?.textContent === 'Stopped.'", Cancel);

        await Send(page, "<<say and now this>>");
        await page.Until($"{Answers}.includes('and now this') && {IsIdle}", Cancel);
        Assert.DoesNotContain("and no end", await page.Text(Answers, Cancel), StringComparison.Ordinal);
        Assert.Empty(page.Problems);
    }

    [Fact]
    public async Task A_lost_connection_neither_loses_nor_doubles_the_answer()
    {
        await using var page = await fixture.Open(signedIn: true, Cancel);
        await Spawn(page);
        var gate = $"gate-{Guid.NewGuid():N}";

        await Send(page, $"<<gate {gate}>><<say said while nobody |listened>>");
        await page.Until("document.querySelector('.working')", Cancel);
        await page.Evaluate("openedSockets.at(-1).close()", Cancel);
        await page.Until("document.getElementById('link').textContent.includes('Connection lost')", Cancel);
        await fixture.Host!.OpenGate(gate, Cancel);

        await page.Until($"{Answers}.includes('said while nobody listened') && {IsIdle}", Cancel);
        Assert.Equal("said while nobody listened", await page.Text(Answers, Cancel));
        Assert.Equal(2, (await page.Evaluate("document.querySelectorAll('.message').length", Cancel)).GetInt32());
        Assert.Empty(page.Problems);
    }

    [Fact]
    public async Task A_message_that_never_arrived_is_offered_again_and_arrives_once()
    {
        await using var page = await fixture.Open(signedIn: true, Cancel);
        await Spawn(page);

        await page.Evaluate("openedSockets.at(-1).send = () => {}", Cancel);
        await Send(page, "<<say it got through>>");
        await page.Until("document.querySelector('.user')", Cancel);
        await page.Evaluate("openedSockets.at(-1).close()", Cancel);
        await page.Until("document.querySelector('.user.unsent') && document.querySelector('.notice.error button')", Cancel);
        await page.Evaluate("document.querySelector('.notice.error button').click()", Cancel);

        await page.Until($"{Answers} === 'it got through' && {IsIdle}", Cancel);
        Assert.Equal(2, (await page.Evaluate("document.querySelectorAll('.message').length", Cancel)).GetInt32());
        Assert.Empty(page.Problems);
    }

    [Fact]
    public async Task An_agent_is_made_and_talked_to_with_the_keyboard_alone()
    {
        await using var page = await fixture.Open(signedIn: true, Cancel);
        var name = $"keys-{Guid.NewGuid():N}"[..12];

        await TabTo(page, "document.activeElement.id === 'spawn-open'");
        await page.Press("Enter", Cancel);
        await page.Until("document.activeElement.id === 'spawn-template' && document.activeElement.options.length > 0", Cancel);
        await TabTo(page, "document.activeElement.id === 'spawn-name'");
        await page.Evaluate("document.activeElement.select()", Cancel);
        await page.Type(name, Cancel);
        await page.Press("Enter", Cancel);

        await page.Until($"document.getElementById('agent-name').textContent === '{name}' && document.activeElement.id === 'message' && {IsReady}", Cancel);
        await page.Type("two", Cancel);
        await page.Press("Enter", Cancel, shift: true);
        await page.Type("lines <<say read both>>", Cancel);
        await page.Press("Enter", Cancel);
        await page.Until($"{Answers} === 'read both' && {IsIdle}", Cancel);
        Assert.Equal("two\nlines <<say read both>>", await page.Text("document.querySelector('.user .body').textContent", Cancel));
        Assert.Equal("message", await page.Text("document.activeElement.id", Cancel));
        Assert.Empty(page.Problems);
    }

    [Fact]
    public async Task An_agent_is_made_from_a_prompt_and_deleted_again()
    {
        await using var page = await fixture.Open(signedIn: true, Cancel);
        var name = $"own-{Guid.NewGuid():N}"[..12];

        await page.Until("document.querySelector('#welcome-actions button')", Cancel);
        await page.Evaluate("document.getElementById('spawn-open').click()", Cancel);
        await page.Until("document.getElementById('spawn-template').options.length > 0", Cancel);
        await page.Evaluate("document.querySelector('[name=kind][value=own]').click()", Cancel);
        await Fill(page, "spawn-name", name);
        await Fill(page, "spawn-prompt", "You say \"yes\".\nAlways \\ ever.");
        await page.Press("Tab", Cancel);
        await page.Press("Enter", Cancel);
        await page.Until($"document.getElementById('agent-name').textContent === '{name}' && {IsReady}", Cancel);

        await page.Evaluate("document.getElementById('agent-open').click()", Cancel);
        await page.Evaluate("document.getElementById('agent-delete').focus()", Cancel);
        await page.Press("Enter", Cancel);
        await page.Until("document.getElementById('agent-delete').textContent.startsWith('Really')", Cancel);
        await page.Press("Enter", Cancel);
        await page.Until($"document.body.dataset.agent === 'none' && ![...document.querySelectorAll('#agents .name')].some(row => row.textContent === '{name}')", Cancel);
        Assert.Empty(page.Problems);
    }

    [Fact]
    public async Task What_a_model_writes_never_becomes_markup_or_a_harmful_link()
    {
        await using var page = await fixture.Open(signedIn: true, Cancel);
        await Spawn(page);

        await Send(page, "<<say <img src=x onerror=alert(1)> [a](javascript:alert(1)) [b](https://example.com/) `<b>` end>>");
        await page.Until($"{Answers}.includes('end') && {IsIdle}", Cancel);
        Assert.Equal(0, (await page.Evaluate("document.querySelectorAll('#messages :is(img, b, script)').length", Cancel)).GetInt32());
        Assert.Equal(
            "https://example.com/ noopener noreferrer",
            await page.Text("[...document.querySelectorAll('#messages a')].map(link => `${link.href} ${link.rel}`).join()", Cancel));
        Assert.Empty(page.Problems);
    }

    [Fact]
    public async Task The_slash_menu_is_used_with_the_keyboard()
    {
        await using var page = await fixture.Open(signedIn: true, Cancel);
        await Spawn(page);

        await page.Type("/", Cancel);
        await page.Until("document.querySelectorAll('#slash [role=option]').length > 3", Cancel);
        await page.Type("he", Cancel);
        await page.Until("document.querySelector('#slash [aria-selected=true]')?.dataset.command === '/help'", Cancel);
        Assert.Equal("slash-0", await page.Text("document.getElementById('message').getAttribute('aria-activedescendant')", Cancel));
        await page.Press("Enter", Cancel);
        Assert.Equal("/help ", await page.Text("document.getElementById('message').value", Cancel));
        await page.Press("Enter", Cancel);
        await page.Until("document.querySelectorAll('.notice.command').length === 2", Cancel);
        Assert.Contains("/new", await page.Text("[...document.querySelectorAll('.notice.command')].at(-1).textContent", Cancel), StringComparison.Ordinal);
        Assert.Equal(0, (await page.Evaluate("document.querySelectorAll('.message').length", Cancel)).GetInt32());
        Assert.Empty(page.Problems);
    }

    [Fact]
    public async Task A_new_session_begins_empty_and_the_old_one_comes_back()
    {
        await using var page = await fixture.Open(signedIn: true, Cancel);
        await Spawn(page);
        await Send(page, "<<say kept in the first>>");
        await page.Until($"{Answers} === 'kept in the first' && {IsIdle}", Cancel);

        await page.Evaluate("document.getElementById('sessions-open').click()", Cancel);
        await page.Until("document.querySelectorAll('#sessions-list li').length === 1", Cancel);
        await Fill(page, "sessions-label", "second try");
        await page.Press("Enter", Cancel);
        await page.Until($"!document.querySelector('dialog[open]') && {IsReady} && !document.querySelector('.message')", Cancel);

        await page.Evaluate("document.getElementById('sessions-open').click()", Cancel);
        await page.Until("document.querySelectorAll('#sessions-list li').length === 2", Cancel);
        Assert.Equal("second try", await page.Text("document.querySelector('#sessions-list [aria-current] .name').textContent", Cancel));
        await page.Evaluate("document.querySelector('#sessions-list .pick:not([aria-current])').click()", Cancel);
        await page.Until($"{Answers} === 'kept in the first'", Cancel);
        Assert.Empty(page.Problems);
    }

    [Fact]
    public async Task The_key_is_asked_for_and_stays_out_of_the_address()
    {
        await using var page = await fixture.Open(signedIn: false, Cancel);
        Assert.SkipWhen(fixture.Host!.ApiKey is null, "The daemon asks for no key.");

        await page.Until("document.getElementById('key').open && document.activeElement.id === 'key-value'", Cancel);
        await page.Type("not the key", Cancel);
        await page.Press("Enter", Cancel);
        await page.Until("document.querySelector('#key .problem').textContent.includes('refuses this key')", Cancel);
        await page.Press("Escape", Cancel);
        Assert.True((await page.Evaluate("document.getElementById('key').open", Cancel)).GetBoolean());

        await Fill(page, "key-value", fixture.Host.ApiKey!);
        await page.Press("Enter", Cancel);
        await page.Until("!document.getElementById('key').open && document.querySelector('#welcome-actions button')", Cancel);
        await Spawn(page);
        // Not before: the browser tells of answers behind the page that shows them, and the last refusal may still be on its way.
        page.MayBeRefused = false;
        Assert.DoesNotContain(fixture.Host.ApiKey!, await page.Text("location.href", Cancel), StringComparison.Ordinal);

        await page.Reload(Cancel);
        await page.Until(IsReady, Cancel);
        Assert.Equal(0, (await page.Evaluate("localStorage.length", Cancel)).GetInt32());
        Assert.Empty(page.Problems);
    }

    [Fact]
    public async Task Everything_to_press_or_fill_in_has_a_name()
    {
        await using var page = await fixture.Open(signedIn: true, Cancel);
        await Spawn(page);
        await Send(page, "<<say ```cs\nint x;\n```>>");
        await page.Until($"document.querySelector('.copy') && {IsIdle}", Cancel);

        foreach (var opener in (string?[])[null, "sessions-open", "agent-open", "spawn-open"])
        {
            if (opener is not null)
                await page.Evaluate($"document.getElementById('{opener}').click()", Cancel);
            var controls = (await page.AccessibleNodes(Cancel))
                .Where(node => node.Role is "button" or "textbox" or "searchbox" or "combobox" or "checkbox" or "radio" or "dialog" or "region" or "main" or "navigation")
                .ToList();
            Assert.True(controls.Count > 3, $"few controls: {string.Join(", ", controls)}");
            Assert.DoesNotContain(controls, node => node.Name.Length == 0 && node.Role is not "main");
            if (opener is not null)
                await page.Press("Escape", Cancel);
        }
        Assert.Empty(page.Problems);
    }

    [Fact]
    public async Task A_narrow_screen_shows_list_or_conversation_and_never_scrolls_sideways()
    {
        await using var page = await fixture.Open(signedIn: true, Cancel);
        await page.Resize(320, 640, Cancel);
        await Spawn(page);
        await Send(page, $"<<say ```\n{new string('w', 200)}\n```\n{new string('v', 200)}>>");
        await page.Until($"document.querySelector('.code') && {IsIdle}", Cancel);

        const string overflow = "document.documentElement.scrollWidth - innerWidth + Math.max(0, document.getElementById('transcript').scrollWidth - document.getElementById('transcript').clientWidth)";
        Assert.Equal(0, (await page.Evaluate(overflow, Cancel)).GetInt32());
        Assert.Equal(0, (await page.Evaluate("document.getElementById('sidebar').offsetWidth", Cancel)).GetInt32());
        await page.Evaluate("document.getElementById('back').click()", Cancel);
        Assert.Equal("true", await page.Text("document.activeElement.getAttribute('aria-current')", Cancel));
        Assert.Equal(0, (await page.Evaluate("document.getElementById('main').offsetWidth", Cancel)).GetInt32());
        Assert.Equal(0, (await page.Evaluate(overflow, Cancel)).GetInt32());
        Assert.Empty(page.Problems);
    }

    /// <summary>Makes an agent of its own for a test, from a template, and waits until it can be talked to.</summary>
    [Theory]
    [InlineData("Approve", "result: utc")]
    [InlineData("Reject", "a person rejected it")]
    public async Task A_call_that_waits_for_approval_is_decided_with_a_click(string button, string answer)
    {
        Assert.SkipWhen(fixture.Host is RunningDaemonHost, "Nothing asks for approval there.");
        await using var page = await fixture.Open(signedIn: true, Cancel);
        await Spawn(page);

        await Send(page, "<<call system_time {}>>");
        var find = $"[...document.querySelectorAll('.notice button')].find(one => one.textContent === '{button}')";
        await page.Until($"document.querySelector('.notice.calm p')?.textContent.startsWith('Waits for your approval: system_time') && {find}", Cancel);
        await page.Evaluate($"{find}.click()", Cancel);

        await page.Until($"{Answers}.includes('{answer}') && {IsIdle} && !{find}", Cancel);
        Assert.Empty(page.Problems);
    }

    private static async Task Spawn(BrowserPage page)
    {
        await page.Until("document.querySelector('#welcome-actions button')", Cancel);
        await page.Evaluate("document.querySelector('#welcome-actions button').click()", Cancel);
        await page.Until("document.getElementById('spawn-template').options.length > 0 && document.activeElement.id === 'spawn-template'", Cancel);
        await page.Evaluate("document.getElementById('spawn-template').value = 'hello-world'", Cancel);
        await Fill(page, "spawn-name", $"page-{Guid.NewGuid():N}");
        await page.Press("Enter", Cancel);
        await page.Until(IsReady, Cancel);
        await page.Evaluate("document.getElementById('message').focus()", Cancel);
    }

    private static async Task Send(BrowserPage page, string text)
    {
        await Fill(page, "message", text);
        await page.Press("Enter", Cancel);
    }

    private static async Task Fill(BrowserPage page, string id, string text)
    {
        await page.Evaluate($"document.getElementById('{id}').focus(), document.getElementById('{id}').select()", Cancel);
        await page.Type(text, Cancel);
    }

    private static async Task TabTo(BrowserPage page, string reached)
    {
        for (var tabs = 0; tabs < 200; tabs++)
        {
            await page.Press("Tab", Cancel);
            if ((await page.Evaluate(reached, Cancel)).GetBoolean())
                return;
        }
        Assert.Fail($"Tab never reached it: {reached}");
    }
}
