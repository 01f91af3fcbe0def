// What was said: history, the answer that grows, tool lines, notices. Knows nothing of HTTP or sockets.

import { byId, count, make } from './dom.js';
import { GrowingMarkdown, renderMarkdown } from './markdown.js';

const SHOWN_AT_FIRST = 60;
const NEAR_THE_END = 80;

export class Transcript {
  #scroller = byId('transcript');
  #messages = byId('messages');
  #earlier = byId('earlier');
  #latest = byId('latest');
  #hidden = [];
  #answer = null;

  constructor() {
    this.#earlier.onclick = () => this.#showEarlier();
    this.#latest.onclick = () => this.toEnd();
    this.#scroller.addEventListener('scroll', () => this.#marksEnd(), { passive: true });
    // Follows whatever grows (an answer, a notice, the field below) as long as the reader is at the end.
    let atEnd = true;
    this.#scroller.addEventListener('scroll', () => (atEnd = this.#distance() < NEAR_THE_END), { passive: true });
    const follow = new ResizeObserver(() => (atEnd ? this.toEnd() : this.#marksEnd()));
    follow.observe(this.#messages);
    follow.observe(this.#scroller);
  }

  get isAnswering() {
    return this.#answer !== null;
  }

  clear() {
    this.#answer?.leave();
    this.#answer = null;
    this.#hidden = [];
    this.#earlier.hidden = true;
    this.#messages.replaceChildren();
  }

  show(history, agentName) {
    this.clear();
    this.agentName = agentName;
    const first = Math.max(0, history.length - SHOWN_AT_FIRST);
    this.#hidden = history.slice(0, first);
    this.#earlier.hidden = first === 0;
    this.#messages.append(...history.slice(first).map(message => this.#past(message)).filter(Boolean));
    this.toEnd();
  }

  user(text) {
    const message = this.#frame('user', 'You');
    message.lastChild.append(text);
    this.#messages.append(message);
    this.toEnd();
    return message;
  }

  /** A line that is not part of the conversation; each action is [label, what it does]. */
  notice(kind, text, actions = []) {
    const line = make('div', { className: `notice ${kind}` }, make('p', {}, text));
    if (actions.length) line.append(make('div', { className: 'row' }, ...actions.map(([label, act]) => make('button', { type: 'button', onclick: () => act(line) }, label))));
    this.#messages.append(line);
    return line;
  }

  begin(working) {
    this.#answer ??= new Answer(this.#frame('assistant', this.agentName), working);
    this.#messages.append(this.#answer.element);
    return this.#answer;
  }

  /** Ends the answer that grows. What it showed stays, unless it showed nothing. */
  end() {
    const answer = this.#answer;
    this.#answer = null;
    answer?.leave();
  }

  toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#marksEnd();
  }

  #distance() {
    return this.#scroller.scrollHeight - this.#scroller.scrollTop - this.#scroller.clientHeight;
  }

  #marksEnd() {
    this.#latest.hidden = this.#distance() < NEAR_THE_END;
  }

  #showEarlier() {
    const before = this.#distance();
    const more = this.#hidden.splice(-SHOWN_AT_FIRST);
    const shown = more.map(message => this.#past(message)).filter(Boolean);
    this.#messages.prepend(...shown);
    this.#earlier.hidden = this.#hidden.length === 0;
    this.#scroller.scrollTop = this.#scroller.scrollHeight - this.#scroller.clientHeight - before;
    if (shown[0]) {
      shown[0].tabIndex = -1;
      shown[0].focus({ preventScroll: true });
    }
  }

  #past({ role, content, tools }) {
    const text = typeof content === 'string' ? content : '';
    const who = String(role).toLowerCase();
    if (who === 'user') {
      if (!text.trim()) return null;
      const message = this.#frame('user', 'You');
      message.lastChild.append(text);
      return message;
    }
    if (who !== 'assistant') return text.trim() ? make('div', { className: 'notice' }, make('p', {}, text)) : null;
    const lines = (Array.isArray(tools) ? tools : []).map(tool => toolLine(typeof tool === 'string' ? tool : (tool?.name ?? tool?.tool ?? 'tool'), true));
    if (!text.trim() && !lines.length) return null;
    const message = this.#frame('assistant', this.agentName);
    const body = make('div', { className: 'text' });
    renderMarkdown(body, text);
    message.lastChild.append(...lines, body);
    return message;
  }

  #frame(kind, who) {
    return make('article', { className: `message ${kind}`, ariaLabel: who }, make('div', { className: 'author', ariaHidden: 'true' }, who), make('div', { className: 'body' }));
  }
}

/** The answer that grows: stretches of text with the tools between them. */
class Answer {
  #body;
  #status;
  #stretches = [];
  #apart = true;
  #tools = [];
  #waiting = '';
  #frame = 0;

  constructor(element, working) {
    this.element = element;
    this.#body = element.lastChild;
    this.#status = make('p', { className: 'working' }, make('span', { className: 'dots', ariaHidden: 'true' }), make('span', {}, working));
    this.#body.append(this.#status);
    element.setAttribute('aria-busy', 'true');
  }

  get text() {
    return this.#stretches.map(stretch => stretch.text).join('\n\n');
  }

  say(status) {
    this.#status.lastChild.textContent = status;
  }

  grow(text) {
    this.#waiting += text;
    // A burst of tokens is drawn once.
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  toolStarted(name) {
    this.#draw();
    const line = toolLine(name, false);
    this.#tools.push({ name, line });
    this.#status.before(line);
    this.#apart = true;
    this.say(`Using ${name}…`);
  }

  /** Ends the named tool, or without a name all that still run. */
  toolEnded(name, failed = false) {
    for (const tool of this.#tools.filter(tool => !tool.line.classList.contains('ended') && (!name || tool.name === name)).slice(0, name ? 1 : undefined))
      endTool(tool.line, failed);
    this.say('Thinking…');
  }

  /** Puts the answer that the daemon calls final in the place of what was streamed, where they differ. */
  complete(final) {
    this.#draw();
    const plain = text => text.replace(/\s+/g, ' ').trim();
    if (plain(this.text).endsWith(plain(final))) return;
    this.unsay();
    this.#waiting = final;
    this.#draw();
  }

  /** Takes back what was streamed; the tools that ran stay. */
  unsay() {
    for (const stretch of this.#stretches) stretch.target.remove();
    this.#stretches = [];
    this.#apart = true;
    this.#waiting = '';
  }

  usage({ input_tokens: input, output_tokens: output, iterations, cost_usd: cost }) {
    const parts = [];
    if (Number.isFinite(input)) parts.push(`${count(input, 'token')} in`);
    if (Number.isFinite(output)) parts.push(`${count(output, 'token')} out`);
    if (iterations > 1) parts.push(count(iterations, 'step'));
    if (cost > 0) parts.push(`$${cost < 0.01 ? cost.toPrecision(2) : cost.toFixed(2)}`);
    if (parts.length) this.#body.append(make('p', { className: 'usage' }, parts.join(' · ')));
  }

  leave() {
    this.#draw();
    this.toolEnded();
    this.#status.remove();
    this.element.removeAttribute('aria-busy');
    if (!this.#body.hasChildNodes()) this.element.remove();
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (!this.#waiting) return;
    if (this.#apart) {
      const stretch = new GrowingMarkdown(make('div', { className: 'text' }));
      this.#stretches.push(stretch);
      this.#status.before(stretch.target);
      this.#apart = false;
    }
    this.#stretches.at(-1).text += this.#waiting;
    this.#waiting = '';
  }
}

function toolLine(name, ended) {
  const line = make('p', { className: 'tool' }, make('span', { className: 'mark', ariaHidden: 'true' }), make('code', {}, name), make('span', {}, ' running'));
  if (ended) endTool(line, false);
  return line;
}

function endTool(line, failed) {
  line.classList.add('ended');
  line.classList.toggle('failed', failed);
  line.lastChild.textContent = failed ? ' failed' : ' done';
}
