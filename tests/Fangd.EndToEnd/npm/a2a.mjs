// The official A2A client, unchanged, against a running daemon. node a2a.mjs JSONRPC|HTTP+JSON|0.3 URL KEY
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Role, TaskState } from '@a2a-js/sdk';
import { ClientFactory, ClientFactoryOptions, DefaultAgentCardResolver, JsonRpcTransportFactory, RestTransportFactory } from '@a2a-js/sdk/client';

const [, , kind, url, key] = process.argv;
const isOld = kind === '0.3';
let requests = 0;
const fetchImpl = (target, init = {}) => {
  requests++;
  return fetch(target, { ...init, headers: { ...init.headers, Authorization: `Bearer ${key}` } });
};
// For 0.3 the client sees what one that knows nothing of 1.0 would read of the card.
const cardFetch = async (target, init) => {
  const answer = await fetch(target, init);
  const card = await answer.json();
  if (isOld) for (const field of ['supportedInterfaces', 'securityRequirements']) delete card[field];
  return Response.json(card);
};
const legacyCompat = { enabled: isOld };
const factory = new ClientFactory(
  ClientFactoryOptions.createFrom(ClientFactoryOptions.default, {
    transports: [new JsonRpcTransportFactory({ fetchImpl, legacyCompat }), new RestTransportFactory({ fetchImpl, legacyCompat })],
    preferredTransports: [isOld ? 'JSONRPC' : kind],
    cardResolver: new DefaultAgentCardResolver({ fetchImpl: cardFetch, legacyCompat }),
  }),
);
const client = await factory.createFromUrl(url);
assert.equal(client.protocolVersion.slice(0, 3), isOld ? '0.3' : '1.0');

const message = (text, more = {}) => ({
  message: {
    messageId: randomUUID(),
    role: Role.ROLE_USER,
    parts: [{ content: { $case: 'text', value: text }, mediaType: '', filename: '', metadata: undefined }],
    contextId: '',
    taskId: '',
    extensions: [],
    referenceTaskIds: [],
    metadata: undefined,
    ...more,
  },
  configuration: undefined,
  metadata: undefined,
  tenant: '',
});
const byId = id => ({ id, tenant: '', metadata: undefined });
const textOf = task => task.artifacts.flatMap(artifact => artifact.parts.map(part => part.content.value)).join('');

// A message and its task; a context that remembers.
const task = await client.sendMessage(message('<<say hello there>>'));
assert.equal(task.status.state, TaskState.TASK_STATE_COMPLETED);
assert.equal(textOf(task), 'hello there');
const again = await client.getTask({ ...byId(task.id), historyLength: undefined });
assert.deepEqual([again.id, again.contextId, textOf(again)], [task.id, task.contextId, 'hello there']);
const second = await client.sendMessage(message('and again', { contextId: task.contextId }));
assert.deepEqual([second.contextId, textOf(second)], [task.contextId, 'echo: and again']);

// A stream, in order.
const events = [];
for await (const event of client.sendMessageStream(message('<<say one |two |three>>'))) events.push(event.payload);
assert.equal(events[0].$case, 'task');
const last = events.at(-1);
assert.deepEqual([last.$case, last.value.status.state], ['statusUpdate', TaskState.TASK_STATE_COMPLETED]);
const pieces = events.filter(event => event.$case === 'artifactUpdate').map(event => event.value);
assert.equal(pieces.flatMap(piece => piece.artifact.parts.map(part => part.content?.value ?? '')).join(''), 'one two three');
assert.deepEqual([pieces[0].append, pieces.at(-1).lastChunk], [false, true]);

// One that is under way: listed, subscribed to, cancelled.
const running = await client.sendMessage({
  ...message('<<gate never>><<say late>>'),
  configuration: { acceptedOutputModes: [], returnImmediately: true, taskPushNotificationConfig: undefined, historyLength: undefined },
});
assert.ok([TaskState.TASK_STATE_SUBMITTED, TaskState.TASK_STATE_WORKING].includes(running.status.state));
const subscribed = [];
const reading = (async () => {
  for await (const event of client.resubscribeTask(byId(running.id))) {
    subscribed.push(event.payload);
    if (subscribed.length === 1) await client.cancelTask(byId(running.id));
  }
})();
await reading;
assert.equal(subscribed[0].$case, 'task');
assert.equal(subscribed.at(-1).value.status.state, TaskState.TASK_STATE_CANCELED);
assert.equal((await client.getTask({ ...byId(running.id), historyLength: undefined })).status.state, TaskState.TASK_STATE_CANCELED);
await assert.rejects(client.cancelTask(byId(running.id)), /TaskNotCancelable|cannot be canceled/);
await assert.rejects(client.getTask({ ...byId(randomUUID()), historyLength: undefined }), /not found/i);

// Where its changes are told.
const config = await client.createTaskPushNotificationConfig({
  taskId: task.id,
  id: 'mine',
  url: 'https://example.com/hook',
  token: 'secret',
  authentication: { scheme: 'Bearer', credentials: 'c' },
  tenant: '',
});
assert.deepEqual([config.id, config.url, config.token], ['mine', 'https://example.com/hook', 'secret']);
const configs = await client.listTaskPushNotificationConfig({ taskId: task.id, pageSize: 0, pageToken: '', tenant: '' });
assert.equal(configs.configs.length, 1);
await client.deleteTaskPushNotificationConfig({ taskId: task.id, id: 'mine', tenant: '' });

if (!isOld) {
  const page = await client.listTasks({ contextId: task.contextId, pageSize: 1, pageToken: '', tenant: '', status: 0, statusTimestampAfter: undefined });
  assert.deepEqual([page.tasks[0].id, page.totalSize, page.pageSize], [second.id, 2, 1]);
  const rest = await client.listTasks({ contextId: task.contextId, pageSize: 1, pageToken: page.nextPageToken, tenant: '', status: 0, statusTimestampAfter: undefined });
  assert.deepEqual([rest.tasks[0].id, rest.nextPageToken], [task.id, '']);
  const card = await client.getAgentCard();
  assert.ok(card.skills.some(skill => skill.name === 'helper'));
  // The card of one agent leads to it, over the tenant.
  const own = await client.transport.getExtendedAgentCard({ tenant: 'other' }, { serviceParameters: { 'A2A-Version': '1.0' } });
  const toOther = await factory.createFromAgentCard(own);
  assert.equal(textOf(await toOther.sendMessage(message('<<say via tenant>>'))), 'via tenant');
}
assert.ok(requests > 8);
console.log('ok');
