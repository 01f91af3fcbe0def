// The message field: Enter sends, Shift+Enter breaks the line, a slash at the start lists the commands.

import { announce, byId, make } from './dom.js';

const MOST_ROWS = 9;

export class Composer {
  #field = byId('message');
  #send = byId('send');
  #stop = byId('stop');
  #menu = byId('slash');
  #commands = [];
  #chosen = 0;
  #drafts = new Map();
  #draftOf = null;
  #running = false;

  /** `on` has send(text), which says whether it took the text, and stop(). */
  constructor(on) {
    this.on = on;
    byId('composer').onsubmit = event => {
      event.preventDefault();
      this.#submit();
    };
    this.#stop.onclick = () => on.stop();
    this.#field.oninput = () => this.#changed();
    this.#field.onkeydown = event => this.#key(event);
    this.#field.onblur = () => this.#closeMenu();
    this.#changed();
  }

  get menuIsOpen() {
    return !this.#menu.hidden;
  }

  set commands(list) {
    this.#commands = list;
  }

  isCommand(text) {
    const word = text.split(/\s/, 1)[0].toLowerCase();
    return this.#commands.some(({ cmd }) => cmd === word);
  }

  /** Shows whose message this is; what was typed for another agent waits there. */
  turnTo(agentId, agentName) {
    this.#drafts.set(this.#draftOf, this.#field.value);
    this.#draftOf = agentId;
    this.#field.value = this.#drafts.get(agentId) ?? '';
    this.#field.placeholder = `Message ${agentName}`;
    this.#changed();
  }

  set running(running) {
    if (running === this.#running) return;
    this.#running = running;
    const hadFocus = document.activeElement === this.#send || document.activeElement === this.#stop;
    this.#send.hidden = running;
    this.#stop.hidden = !running;
    this.#stop.disabled = false;
    if (hadFocus) this.focus();
  }

  stopping() {
    this.#stop.disabled = true;
  }

  restore(text) {
    if (!this.#field.value) this.#field.value = text;
    this.#changed();
    this.focus();
  }

  focus() {
    // On a touch screen the focus would throw up the keyboard over the conversation.
    if (!matchMedia('(pointer: coarse)').matches) this.#field.focus();
  }

  #submit() {
    const text = this.#field.value.trim();
    if (!text) return;
    if (this.#running && text !== '/stop') {
      announce('An answer is still being written. Escape stops it.');
      return;
    }
    if (!this.on.send(text)) return;
    this.#field.value = '';
    this.#changed();
  }

  #key(event) {
    if (event.isComposing) return;
    if (this.menuIsOpen && this.#menuKey(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      this.#submit();
    }
  }

  #menuKey({ key, shiftKey }) {
    const last = this.#menu.children.length - 1;
    if (key === 'ArrowDown') this.#choose(this.#chosen === last ? 0 : this.#chosen + 1);
    else if (key === 'ArrowUp') this.#choose(this.#chosen === 0 ? last : this.#chosen - 1);
    else if (key === 'Escape') this.#closeMenu();
    else if (key === 'Tab' && !shiftKey) this.#take(this.#menu.children[this.#chosen].dataset.command);
    else if (key === 'Enter' && !shiftKey) {
      const command = this.#menu.children[this.#chosen].dataset.command;
      if (this.#field.value.trim() === command) return this.#closeMenu();
      this.#take(command);
    } else return false;
    return true;
  }

  #changed() {
    // Browsers with field-sizing grow the field themselves.
    if (!CSS.supports('field-sizing', 'content')) this.#field.rows = Math.min(MOST_ROWS, this.#field.value.split('\n').length);
    const typed = /^\/\S*$/.exec(this.#field.value)?.[0].toLowerCase();
    const fitting = typed ? this.#commands.filter(({ cmd }) => cmd.startsWith(typed)) : [];
    if (!fitting.length || (fitting.length === 1 && fitting[0].cmd === typed)) return this.#closeMenu();
    const wasOpen = this.menuIsOpen;
    this.#menu.replaceChildren(...fitting.map((command, index) => this.#option(command, index)));
    this.#menu.hidden = false;
    this.#choose(0);
    if (!wasOpen) announce(`${fitting.length} commands. Arrow keys choose, Enter takes.`);
  }

  #option({ cmd, desc }, index) {
    const option = make('li', { id: `slash-${index}`, role: 'option' }, make('code', {}, cmd), make('span', {}, desc));
    option.dataset.command = cmd;
    // Not click: the field must keep the focus.
    option.onmousedown = event => {
      event.preventDefault();
      this.#take(cmd);
    };
    return option;
  }

  #choose(index) {
    this.#chosen = index;
    for (const [at, option] of [...this.#menu.children].entries()) option.ariaSelected = String(at === index);
    this.#menu.children[index].scrollIntoView({ block: 'nearest' });
    this.#field.setAttribute('aria-activedescendant', `slash-${index}`);
  }

  #take(command) {
    this.#field.value = `${command} `;
    this.#closeMenu();
  }

  #closeMenu() {
    this.#menu.hidden = true;
    this.#field.removeAttribute('aria-activedescendant');
  }
}
