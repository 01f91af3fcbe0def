// Puts the page together: the list of agents on one side, the conversation with one of them on the other.

import { call, onKeyNeeded } from './api.js';
import { Composer } from './composer.js';
import { Conversation } from './conversation.js';
import { AgentDialog, askForKey, SessionsDialog, SpawnDialog } from './dialogs.js';
import { announce, byId, make } from './dom.js';
import { Transcript } from './transcript.js';

let agents = [];
let conversation = null;
let providers = null;

const transcript = new Transcript();
const composer = new Composer({ send: text => conversation?.send(text) ?? false, stop: () => conversation?.stop() });
const spawnDialog = new SpawnDialog(async id => {
  await loadAgents();
  openAgent(id);
});
const sessionsDialog = new SessionsDialog(() => reloadConversation());
const agentDialog = new AgentDialog({
  changed: () => {
    providers = null;
    loadAgents().catch(() => {});
  },
  deleted: id => {
    announce('Deleted.');
    agents = agents.filter(agent => agent.id !== id);
    closeAgent();
  },
});

// ---- agents

async function loadAgents() {
  showAgents(await call('GET', '/api/agents'));
}

function showAgents(list) {
  const known = new Map(agents.map(agent => [agent.id, agent]));
  agents = list.map(agent => ({ ...known.get(agent.id), ...agent })).sort((a, b) => a.name.localeCompare(b.name));
  drawAgents();
  if (conversation) {
    const now = agents.find(agent => agent.id === conversation.agent.id);
    // The list may be older than the agent: the daemon's answer to a direct question decides.
    if (!now) return conversation.refresh();
    Object.assign(conversation.agent, now);
    drawHeader();
  } else if (document.body.dataset.agent === 'none') welcome();
}

/** Rows are kept by agent, so that a list that comes every few seconds never takes the focus away. */
function drawAgents() {
  const wanted = byId('search').value.trim().toLowerCase();
  const list = byId('agents');
  const rows = new Map([...list.children].map(row => [row.dataset.id, row]));
  const shown = agents.filter(agent => `${agent.name} ${agent.model_name}`.toLowerCase().includes(wanted));
  shown.forEach((agent, index) => {
    const row = rows.get(agent.id) ?? agentRow(agent.id);
    rows.delete(agent.id);
    const [button] = row.children;
    const [name, model] = button.children;
    if (name.textContent !== agent.name) name.textContent = agent.name;
    const about = agent.state && agent.state !== 'Running' ? `${agent.model_name} · ${agent.state.toLowerCase()}` : (agent.model_name ?? '');
    if (model.textContent !== about) model.textContent = about;
    button.ariaCurrent = conversation?.agent.id === agent.id ? 'true' : null;
    if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
  });
  for (const row of rows.values()) row.remove();
  const empty = byId('agents-empty');
  empty.hidden = shown.length > 0;
  empty.textContent = agents.length ? `No agent matches “${wanted}”.` : 'No agents yet.';
}

function agentRow(id) {
  const button = make('button', { type: 'button', className: 'pick', onclick: () => openAgent(id) }, make('span', { className: 'name' }), make('small'));
  const row = make('li', {}, button);
  row.dataset.id = id;
  return row;
}

byId('search').oninput = () => {
  drawAgents();
  announce(`${byId('agents').children.length} of ${agents.length} agents`);
};
byId('search').onkeydown = ({ key }) => {
  if (key === 'Enter') byId('agents').querySelector('button')?.click();
};
byId('sidebar').addEventListener('keydown', event => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const stops = [byId('search'), ...byId('agents').querySelectorAll('button')];
  const at = stops.indexOf(document.activeElement);
  if (!step || at < 0) return;
  event.preventDefault();
  stops[at + step]?.focus();
});

// ---- the open agent

function openAgent(id) {
  const agent = agents.find(candidate => candidate.id === id);
  if (!agent) return;
  document.body.dataset.view = 'chat';
  if (conversation?.agent.id === id) return composer.focus();
  conversation?.close();
  document.body.dataset.agent = 'open';
  history.replaceState(null, '', `#${id}`);
  composer.turnTo(id, agent.name);
  conversation = new Conversation({ ...agent }, transcript, composer, {
    agents: showAgents,
    changed: () => loadAgents().catch(() => {}),
    gone: () => closeAgent(`${agent.name} is no longer there.`),
    keyTrouble: () => agentDialog.open(conversation.agent, true),
    hints: hint,
  });
  drawAgents();
  drawHeader();
  composer.focus();
}

function closeAgent(because) {
  conversation?.close();
  conversation = null;
  document.body.dataset.agent = 'none';
  history.replaceState(null, '', location.pathname);
  drawAgents();
  drawHeader();
  welcome(because);
  if (because) announce(because);
  byId('search').focus();
}

function drawHeader() {
  const agent = conversation?.agent;
  byId('agent-name').textContent = agent?.name ?? '';
  byId('agent-model').textContent = agent ? [agent.model_provider, agent.model_name].filter(Boolean).join(' / ') : '';
  document.title = agent ? `${agent.name} – fangd` : 'fangd';
}

async function reloadConversation() {
  const agent = conversation?.agent;
  if (!agent) return;
  conversation.close();
  conversation = null;
  openAgent(agent.id);
}

// ---- what to do next

function welcome(because) {
  // A narrow screen shows one side only: the list when there is one.
  document.body.dataset.view = agents.length ? 'list' : 'chat';
  const actions = byId('welcome-actions');
  if (actions.childElementCount && !because && actions.dataset.for === String(agents.length > 0)) return;
  actions.dataset.for = String(agents.length > 0);
  byId('welcome-title').textContent = because ?? (agents.length ? 'Pick an agent' : 'No agents yet');
  byId('welcome-text').textContent = agents.length
    ? 'Its conversation opens here. What you say is kept by the daemon on this machine.'
    : 'An agent is a model with a prompt, tools and a memory of its own. Make the first from a template, or write its prompt yourself.';
  actions.replaceChildren(make('button', { type: 'button', className: 'primary', onclick: spawn }, agents.length ? 'New agent' : 'Make the first agent'));
}

async function hint(target) {
  const agent = conversation.agent;
  const line = target.notice('hello', `This is the beginning of your conversation with ${agent.name}.`);
  // Whether a key is missing is advice, so a daemon that cannot tell is no error.
  const known = await (providers ??= call('GET', '/api/providers').catch(() => null));
  const provider = known?.providers?.find(({ name }) => name === agent.model_provider);
  if (provider?.auth_status !== 'missing' || !line.isConnected) return;
  target.notice('warning', `There is no key for ${provider.display_name} yet, so ${agent.name} cannot answer. Store it here, or set ${provider.env_var ?? 'it'} in the daemon’s environment and start it again.`, [
    ['Set the key', () => agentDialog.open(agent, true)],
  ]);
}

// ---- start

const spawn = () => spawnDialog.open(agents.map(agent => agent.name));
byId('spawn-open').onclick = spawn;
byId('sessions-open').onclick = () => sessionsDialog.open(conversation.agent);
byId('agent-open').onclick = () => agentDialog.open(conversation.agent);
byId('back').onclick = () => {
  document.body.dataset.view = 'list';
  (byId('agents').querySelector('[aria-current=true]') ?? byId('search')).focus();
};
document.addEventListener('keydown', event => {
  if (event.key === 'Escape' && !document.querySelector('dialog[open]') && conversation?.isRunning) conversation.stop();
});
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  if (conversation) conversation.refresh();
  else start();
});

async function start() {
  try {
    await loadAgents();
    if (!conversation && location.hash.length > 1) openAgent(location.hash.slice(1));
    const { commands } = await call('GET', '/api/commands');
    composer.commands = commands;
  } catch (error) {
    if (conversation) return;
    document.body.dataset.view = 'chat';
    delete byId('welcome-actions').dataset.for;
    byId('welcome-title').textContent = 'Something is in the way';
    byId('welcome-text').textContent = error.message;
    byId('welcome-actions').replaceChildren(make('button', { type: 'button', className: 'primary', onclick: start }, 'Try again'));
  }
}

onKeyNeeded(askForKey);
start();
