// One agent's conversation: what the daemon has stored, plus the turn that is under way.
//
// The daemon owns the run, the socket only reports it. So after a lost link nothing is guessed: the stored history is
// read again, and either it has the answer, or it ends with the question (the run goes on, or died with the daemon), or
// it lacks the question (it never arrived and the reader may send it again).

import { call, socketAddress } from './api.js';
import { Connection } from './connection.js';
import { announce, byId, make } from './dom.js';

const LONGEST_ANNOUNCEMENT = 1500;
const ASK_AGAIN_AFTER = [1000, 1500, 2000, 3000, 5000];
const ASK_AT_MOST = 60;
const STOP_IS_SILENT_AFTER = 4000;
const KEY_TROUBLE = /api[ _-]?key|credential|unauthori[sz]ed|authentication|\b401\b/i;

export class Conversation {
  #connection;
  #stored = null;
  #turn = null;
  #closed = false;
  #reading = null;
  #readAgain = false;
  #timer = 0;
  #lateStop = 0;
  #command = '';
  #approvals = new Map();
  #echo = null;
  #ready = false;

  /** `on` has agents(list), changed(), gone(), keyTrouble(), and hints(transcript) for an empty conversation. */
  constructor(agent, transcript, composer, on) {
    this.agent = agent;
    this.transcript = transcript;
    this.composer = composer;
    this.on = on;
    transcript.clear();
    transcript.agentName = agent.name;
    composer.running = false;
    this.#say('');
    this.#connection = new Connection(() => socketAddress(agent.id), {
      up: () => this.#up(),
      down: (pause, everUp) => this.#down(pause, everUp),
      frame: frame => this.#frame(frame),
    });
  }

  get #stillWorking() {
    return `${this.agent.name} is still working…`;
  }

  get isRunning() {
    return this.#turn !== null;
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#lateStop);
    this.#connection.close();
    this.#say('');
    this.transcript.clear();
  }

  /** The page is looked at again: another tab or channel may have gone on with the conversation. */
  refresh() {
    this.#connection.retryNow();
    if (!this.#turn && this.#ready) this.reload().catch(error => this.#failedToRead(error));
  }

  /** Reads the stored history and shows it when it is another than the one shown. */
  async reload() {
    if (this.#reading) {
      this.#readAgain = true;
      return this.#reading;
    }
    this.#reading = this.#read();
    try {
      await this.#reading;
    } finally {
      this.#reading = null;
      if (this.#readAgain && !this.#closed) {
        this.#readAgain = false;
        await this.reload();
      }
    }
  }

  /** Whether the text was taken. */
  send(text) {
    const command = this.composer.isCommand(text);
    if (!this.#ready || !this.#connection.send({ type: 'message', content: text })) {
      if (!byId('link').hasChildNodes()) this.#say('The conversation is still being loaded. The message stays in the field.');
      announce('Not connected. The message stays in the field.');
      this.#connection.retryNow();
      return false;
    }
    if (command) {
      this.#command = text;
      this.#echo = this.transcript.notice('command', text);
      if (text === '/stop' && this.#turn) this.#stopping();
      return true;
    }
    document.querySelector('#messages .hello')?.remove();
    const bubble = this.transcript.user(text);
    this.#begin({ text, bubble, before: users(this.#stored).length });
    return true;
  }

  async stop() {
    if (!this.#turn || this.#turn.stopped) return;
    this.#stopping();
    try {
      await call('POST', `/api/agents/${this.agent.id}/stop`);
    } catch (error) {
      this.#turn && (this.#turn.stopped = false);
      this.composer.running = this.#turn !== null;
      if (error.status !== 404) this.transcript.notice('error', `The run could not be stopped. ${error.message}`, [['Try again', line => (line.remove(), this.stop())]]);
    }
  }

  #stopping() {
    this.#turn.stopped = true;
    this.composer.stopping();
    this.transcript.begin('').say('Stopping…');
    clearTimeout(this.#lateStop);
    this.#lateStop = setTimeout(() => this.#turn?.stopped && this.#stopped(), STOP_IS_SILENT_AFTER);
  }

  #stopped() {
    this.#end();
    this.#note('calm', 'Stopped.');
    this.#settle();
  }

  #begin(turn) {
    this.#turn = turn;
    this.transcript.begin(turn.resumed ? this.#stillWorking : 'Thinking…');
    this.composer.running = true;
    announce(`${this.agent.name} is working.`);
  }

  #end() {
    clearTimeout(this.#timer);
    clearTimeout(this.#lateStop);
    this.#turn = null;
    this.transcript.end();
    this.composer.running = false;
  }

  // ---- the link

  async #up() {
    try {
      await this.reload();
      this.#say('');
    } catch (error) {
      this.#failedToRead(error);
    }
  }

  async #down(pause, everUp) {
    this.#ready = false;
    this.#say(`Connection lost. Trying again in ${Math.max(1, Math.round(pause / 1000))} s.`, ['Try now', () => this.#connection.retryNow()]);
    if (everUp) return;
    // A browser does not say why a socket was refused; the same question over HTTP does (no key, no such agent).
    try {
      await this.reload();
      this.#ready = false;
    } catch (error) {
      this.#failedToRead(error);
    }
  }

  #failedToRead(error) {
    if (this.#closed) return;
    if (error.status === 404) this.on.gone();
    else this.#say(error.message, ['Try now', () => (this.#connection.isUp ? this.#up() : this.#connection.retryNow())]);
  }

  #say(text, action) {
    const line = byId('link');
    line.replaceChildren();
    if (!text) return;
    line.append(make('span', {}, text));
    if (action) line.append(make('button', { type: 'button', onclick: action[1] }, action[0]));
  }

  // ---- stored history

  async #read() {
    const stored = await call('GET', `/api/agents/${this.agent.id}/session`);
    if (this.#closed) return;
    const linked = this.#connection.isUp;
    const turn = this.#turn;
    this.#stored = stored.messages;
    // Mid-turn on a link that held: the frames tell more than the store.
    if (turn && !turn.resumed && this.#ready) return;
    this.#ready = linked;
    // What is on the screen is ahead of the store.
    if (turn && !turn.resumed) this.print = null;
    const arrived = !turn || turn.resumed || isStored(turn, stored.messages);
    const unanswered = stored.messages.at(-1)?.role === 'User';
    const print = printOf(stored);
    const changed = print !== this.print;
    if (!changed && !turn) return;
    if (changed) this.#showStored(stored, print);
    if (!arrived) this.#offerAgain(turn);
    else if (stored.running ?? unanswered) this.#awaitStored(turn?.asked ?? 0, stored.running === true);
    else {
      this.#end();
      if (unanswered) this.transcript.notice('calm', 'This message has no answer: its run failed or was stopped.');
      else if (turn) this.#announceAnswer(stored.messages.at(-1)?.content ?? '');
    }
  }

  #offerAgain(turn) {
    this.#end();
    const bubble = this.transcript.user(turn.text);
    bubble.classList.add('unsent');
    const done = line => (line.remove(), bubble.remove());
    this.transcript.notice('error', 'The link broke before this message reached the daemon.', [
      ['Send again', line => this.send(turn.text) && done(line)],
      ['Edit', line => (done(line), this.composer.restore(turn.text))],
    ]);
    announce('The last message was not delivered.');
  }

  #showStored(stored, print) {
    this.print = print;
    this.transcript.show(stored.messages, this.agent.name);
    if (!stored.messages.length) this.on.hints(this.transcript);
  }

  /** A run goes on without us; or, where the daemon does not tell and the last message is a question, it may have died. */
  #awaitStored(asked, surelyRuns) {
    if (asked >= ASK_AT_MOST && !surelyRuns) {
      this.#end();
      this.transcript.notice('error', 'There is no answer to this yet. The run may have been interrupted.', [
        ['Look again', line => (line.remove(), (this.print = null), this.reload().catch(error => this.#failedToRead(error)))],
      ]);
      return;
    }
    if (!this.#turn?.resumed) this.#begin({ resumed: true });
    this.#turn.asked = asked + 1;
    // What is shown anew has lost the line that says so.
    this.transcript.begin(this.#stillWorking);
    this.#timer = setTimeout(
      () => this.#turn?.resumed && this.reload().catch(error => this.#failedToRead(error)),
      ASK_AGAIN_AFTER[Math.min(asked, ASK_AGAIN_AFTER.length - 1)],
    );
  }

  // ---- frames

  #frame(frame) {
    switch (frame.type) {
      case 'agents_updated':
        if (Array.isArray(frame.agents)) this.on.agents(frame.agents);
        break;
      case 'thinking':
      case 'text_delta':
      case 'tool_start':
      case 'tool_end':
      case 'tool_result':
        this.#progress(frame);
        break;
      case 'approval_requested':
        this.#asksApproval(frame);
        break;
      case 'approval_decided':
        this.#approvals.get(frame.approval_id)?.remove();
        this.#approvals.delete(frame.approval_id);
        break;
      case 'response':
      case 'silent_complete':
        this.#complete(frame);
        break;
      case 'command_result':
        this.#commandResult(frame);
        break;
      case 'error':
        this.#failed(String(frame.content ?? frame.error ?? 'The daemon reported an error without a text.'));
        break;
    }
  }

  #progress({ type, content, tool, name, is_error: failed }) {
    // Somebody else's run in the same conversation; its beginning is only in the store.
    if (!this.#turn) return;
    const answer = this.transcript.begin('Thinking…');
    // What streams into a turn that was joined late has lost its beginning; the whole comes from the store.
    if (type === 'text_delta') this.#turn.resumed || (this.#turn.stopped ? null : answer.say('Writing…'), answer.grow(String(content ?? '')));
    else if (type === 'tool_start') answer.toolStarted(String(tool ?? name ?? 'tool'));
    else if (type !== 'thinking') answer.toolEnded(tool ?? name, failed === true);
  }

  /** A tool waits for the reader's word. Where a code is asked for, the daemon's refusal says so, and “/approve ID CODE” gives it. */
  #asksApproval({ approval_id: id, content }) {
    const decide = word => async () => {
      try {
        await call('POST', `/api/approvals/${encodeURIComponent(id)}/${word}`, {});
      } catch (error) {
        this.#note('error', `${error.message} (/${word} ${id})`);
      }
    };
    this.#approvals.set(id, this.#note('calm', `Waits for your approval: ${content}`, [['Approve', decide('approve')], ['Reject', decide('reject')]]));
  }

  #complete(frame) {
    const turn = this.#turn;
    if (!turn || turn.resumed) {
      this.print = null;
      this.reload().catch(error => this.#failedToRead(error));
      return;
    }
    const answer = this.transcript.begin('');
    const silent = frame.type === 'silent_complete';
    if (silent) answer.unsay();
    else answer.complete(String(frame.content ?? ''));
    answer.usage(frame);
    const text = answer.element.querySelector('.body')?.textContent ? String(frame.content ?? answer.text) : '';
    this.#end();
    this.#stored = [...(this.#stored ?? []), { role: 'User', content: turn.text }, { role: 'Assistant', content: text }];
    this.print = null;
    if (turn.stopped) this.#note('calm', 'Stopped.');
    else if (silent) this.#note('calm', `${this.agent.name} chose not to answer.`);
    else return this.#announceAnswer(text);
    this.#settle();
  }

  #commandResult({ content }) {
    const text = String(content ?? 'Done.');
    if (this.#turn?.stopped) this.#end();
    // A command may have changed the session or the model.
    this.print = null;
    const line = this.#echo;
    const show = () => {
      if (this.#closed) return;
      if (!line?.isConnected) this.transcript.notice('command', this.#command);
      this.#note('command', text);
      this.on.changed();
    };
    if (this.#turn) show();
    else this.reload().then(show, show);
  }

  #failed(text) {
    const turn = this.#turn;
    this.#end();
    if (turn?.stopped) this.#note('calm', 'Stopped.');
    else {
      const actions = turn?.text ? [['Send again', line => this.send(turn.text) && line.remove()]] : [];
      if (KEY_TROUBLE.test(text)) actions.unshift(['Set the provider’s key', () => this.on.keyTrouble()]);
      this.#note('error', text, actions);
    }
    this.#settle();
  }

  /** Takes the store as it now is for what the screen shows: a question that has no answer is not waited for again. */
  #settle() {
    call('GET', `/api/agents/${this.agent.id}/session`).then(
      stored => {
        if (this.#closed || this.#turn) return;
        this.#stored = stored.messages;
        this.print = printOf(stored);
      },
      () => {},
    );
  }

  #note(kind, text, actions) {
    const line = this.transcript.notice(kind, text, actions);
    announce(text);
    return line;
  }

  #announceAnswer(text) {
    const plain = text.replace(/```[^]*?(```|$)/g, ' (code) ').replace(/[*_`#>]+/g, '');
    announce(`${this.agent.name} answered: ${plain.length > LONGEST_ANNOUNCEMENT ? `${plain.slice(0, LONGEST_ANNOUNCEMENT)} … The rest is in the conversation.` : plain}`);
  }
}

const users = messages => (messages ?? []).filter(message => message.role === 'User');

const printOf = ({ session_id: id, messages }) => `${id} ${messages.length} ${messages.at(-1)?.content}`;

/** Compaction may have shortened the history since, so a count that merely differs is proof enough beside the text. */
function isStored(turn, messages) {
  const asked = users(messages);
  return asked.at(-1)?.content === turn.text && asked.length !== turn.before;
}
