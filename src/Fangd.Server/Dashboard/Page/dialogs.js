// The dialogs: key, new agent, sessions, agent settings. Native <dialog> keeps the focus inside and gives it back.

import { call, key, keyIsAccepted } from './api.js';
import { announce, byId, count, make } from './dom.js';

for (const button of document.querySelectorAll('[data-close]')) button.onclick = () => button.closest('dialog').close();

/** Runs what a form does: its buttons rest meanwhile, and a failure is shown in the form. */
async function attempt(dialog, act) {
  const problem = dialog.querySelector('.problem');
  const buttons = [...dialog.querySelectorAll('button')].filter(button => !button.disabled);
  const focused = document.activeElement;
  problem.textContent = '';
  for (const button of buttons) button.disabled = true;
  try {
    return await act();
  } catch (error) {
    problem.textContent = error.message;
  } finally {
    for (const button of buttons) button.disabled = false;
    if (dialog.open && dialog.contains(focused)) focused.focus();
  }
}

function open(dialog) {
  for (const line of dialog.querySelectorAll('.problem, .done')) line.textContent = '';
  if (!dialog.open) dialog.showModal();
}

// ---- key

let asking = null;

/** Asks for the daemon's key until it is right. Many calls may ask at once; there is one dialog. */
export function askForKey(refused) {
  if (key.value !== refused) return Promise.resolve();
  asking ??= new Promise(resolve => {
    const dialog = byId('key');
    const problem = dialog.querySelector('.problem');
    open(dialog);
    if (refused) problem.textContent = 'The stored key is no longer right.';
    dialog.oncancel = event => event.preventDefault();
    dialog.firstElementChild.onsubmit = async event => {
      event.preventDefault();
      await attempt(dialog, async () => {
        key.store(byId('key-value').value.trim(), byId('key-remember').checked);
        if (!(await keyIsAccepted())) {
          key.forget();
          throw new Error('The daemon refuses this key. Compare it with api_key in config.toml.');
        }
        byId('key-value').value = '';
        dialog.close();
        asking = null;
        resolve();
      });
      if (dialog.open) byId('key-value').select();
    };
  });
  return asking;
}

// ---- new agent

export class SpawnDialog {
  #dialog = byId('spawn');
  #templates = null;
  #suggested = '';

  constructor(onSpawned) {
    this.onSpawned = onSpawned;
    for (const radio of this.#dialog.querySelectorAll('[name=kind]')) radio.onchange = () => this.#kindChanged();
    byId('spawn-template').onchange = () => this.#templateChanged();
    this.#dialog.firstElementChild.onsubmit = event => {
      event.preventDefault();
      attempt(this.#dialog, () => this.#spawn());
    };
  }

  async open(takenNames) {
    this.taken = new Set(takenNames);
    open(this.#dialog);
    await attempt(this.#dialog, async () => {
      this.#templates ??= (await call('GET', '/api/templates')).templates;
      byId('spawn-template').replaceChildren(...this.#templates.map(({ name }) => make('option', { value: name }, name)));
      this.#templateChanged();
    });
    byId(this.#isOwn ? 'spawn-name' : 'spawn-template').focus();
  }

  get #isOwn() {
    return this.#dialog.querySelector('[name=kind]:checked').value === 'own';
  }

  #kindChanged() {
    byId('spawn-template-part').hidden = this.#isOwn;
    byId('spawn-own-part').hidden = !this.#isOwn;
    byId('spawn-prompt').required = this.#isOwn;
    this.#suggest(this.#isOwn ? '' : byId('spawn-template').value);
  }

  #templateChanged() {
    const template = this.#templates?.find(({ name }) => name === byId('spawn-template').value);
    byId('spawn-about').textContent = template?.description ?? '';
    if (!this.#isOwn) this.#suggest(template?.name ?? '');
  }

  /** Proposes a free name unless the reader has typed one. */
  #suggest(name) {
    const field = byId('spawn-name');
    if (field.value && field.value !== this.#suggested) return;
    let free = name;
    for (let number = 2; name && this.taken?.has(free); number++) free = `${name}-${number}`;
    field.value = this.#suggested = free;
  }

  async #spawn() {
    const name = byId('spawn-name').value.trim();
    const body = this.#isOwn ? { manifest_toml: manifest(name) } : { template: byId('spawn-template').value, name };
    const spawned = await call('POST', '/api/agents', body);
    this.#dialog.close();
    for (const id of ['spawn-name', 'spawn-prompt']) byId(id).value = '';
    this.onSpawned(spawned.agent_id);
  }
}

function manifest(name) {
  const [provider, model] = [byId('spawn-provider').value.trim(), byId('spawn-model').value.trim()];
  if (!provider !== !model) throw new Error('Give both provider and model, or neither for the daemon’s default.');
  return [
    `name = ${toml(name)}`,
    'version = "0.1.0"',
    'module = "builtin:chat"',
    '',
    '[model]',
    `provider = ${toml(provider || 'default')}`,
    `model = ${toml(model || 'default')}`,
    `system_prompt = ${toml(byId('spawn-prompt').value.trim())}`,
    '',
  ].join('\n');
}

/** A TOML basic string: JSON's escapes, and DEL, which TOML alone forbids. */
const toml = text => JSON.stringify(text).replaceAll('\u007f', '\\u007f');

// ---- sessions

export class SessionsDialog {
  #dialog = byId('sessions');
  #list = byId('sessions-list');

  /** `onChanged` is called when another session may be the active one. */
  constructor(onChanged) {
    this.onChanged = onChanged;
    this.#dialog.querySelector('form').onsubmit = event => {
      event.preventDefault();
      const label = byId('sessions-label').value.trim();
      this.#change(async () => {
        await call('POST', `${this.path}/sessions`, label ? { label } : {});
        byId('sessions-label').value = '';
        this.#dialog.close();
      });
    };
  }

  async open(agent) {
    this.path = `/api/agents/${agent.id}`;
    this.#list.replaceChildren();
    open(this.#dialog);
    await attempt(this.#dialog, () => this.#fill());
    this.#list.querySelector('button')?.focus();
  }

  async #fill() {
    const { sessions } = await call('GET', `${this.path}/sessions`);
    this.#list.replaceChildren(...sessions.map(session => this.#row(session)));
  }

  #change(act) {
    return attempt(this.#dialog, async () => {
      await act();
      this.onChanged();
    });
  }

  #row({ session_id: id, label, message_count: messages, created_at: created, active }) {
    const title = label || new Date(created).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
    const pick = make('button', { type: 'button', className: 'pick', ariaCurrent: active ? 'true' : null }, make('span', { className: 'name' }, title), make('small', {}, `${count(messages, 'message')}${active ? ' · open' : ''}`));
    pick.onclick = () =>
      this.#change(async () => {
        if (!active) await call('POST', `${this.path}/sessions/${id}/switch`);
        this.#dialog.close();
        announce(`${title} is open.`);
      });
    const rename = make('button', { type: 'button', className: 'quiet', ariaLabel: `Label ${title}` }, 'Label');
    rename.onclick = () => this.#rename(rename.parentElement, id, label ?? '');
    const remove = make('button', { type: 'button', className: 'quiet', ariaLabel: `Delete ${title}` }, 'Delete');
    remove.onclick = () =>
      twice(remove, 'Really?', () =>
        this.#change(async () => {
          await call('DELETE', `/api/sessions/${id}`);
          await this.#fill();
        }),
      );
    return make('li', {}, pick, rename, remove);
  }

  #rename(row, id, label) {
    const input = make('input', { type: 'text', value: label, maxLength: 128, ariaLabel: 'Label' });
    const form = make('form', { className: 'row' }, input, make('button', { type: 'submit' }, 'Save'));
    form.onsubmit = event => {
      event.preventDefault();
      this.#change(async () => {
        await call('PUT', `/api/sessions/${id}/label`, { label: input.value.trim() || null });
        await this.#fill();
      });
    };
    row.replaceChildren(form);
    input.select();
  }
}

/** Acts on the second click only; the question goes away with the focus. */
function twice(button, question, act) {
  if (button.dataset.asked) return act();
  const text = button.textContent;
  button.dataset.asked = 'yes';
  button.textContent = question;
  announce(`${question} Press again to go on.`);
  button.onblur = () => {
    delete button.dataset.asked;
    button.textContent = text;
    button.onblur = null;
  };
}

// ---- agent settings

export class AgentDialog {
  #dialog = byId('agent');

  /** `on` has changed() and deleted(id). */
  constructor(on) {
    byId('agent-model-form').onsubmit = event => {
      event.preventDefault();
      this.#act(async () => {
        const model = byId('agent-model-value').value.trim();
        const provider = byId('agent-provider-value').value.trim();
        const set = await call('PUT', `/api/agents/${this.agent.id}/model`, provider ? { model, provider } : { model });
        on.changed();
        return `The next message goes to ${set.provider} / ${set.model}.`;
      });
    };
    byId('agent-key-form').onsubmit = event => {
      event.preventDefault();
      this.#act(async () => {
        const provider = byId('agent-provider-value').value.trim();
        await call('POST', `/api/providers/${encodeURIComponent(provider)}/key`, { api_key: byId('agent-key-value').value.trim() });
        byId('agent-key-value').value = '';
        on.changed();
        return `The key for ${provider} is stored.`;
      });
    };
    byId('agent-delete').onclick = () =>
      twice(byId('agent-delete'), `Really delete ${this.agent.name} and its history?`, () =>
        attempt(this.#dialog, async () => {
          await call('DELETE', `/api/agents/${this.agent.id}`);
          this.#dialog.close();
          on.deleted(this.agent.id);
        }),
      );
  }

  open(agent, focusKey = false) {
    this.agent = agent;
    byId('agent-title').textContent = agent.name;
    byId('agent-provider-value').value = agent.model_provider ?? '';
    byId('agent-model-value').value = agent.model_name ?? '';
    open(this.#dialog);
    byId(focusKey ? 'agent-key-value' : 'agent-provider-value').focus();
  }

  async #act(act) {
    const done = this.#dialog.querySelector('.done');
    done.textContent = '';
    done.textContent = (await attempt(this.#dialog, act)) ?? '';
  }
}
