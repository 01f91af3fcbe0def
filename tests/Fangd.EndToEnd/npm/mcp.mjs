// The official MCP client, unchanged, against a running daemon. node mcp.mjs http URL KEY | node mcp.mjs stdio COMMAND HOME URL KEY
import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const [, , kind, target, secret, address, key] = process.argv;
const transport =
  kind === 'http'
    ? new StreamableHTTPClientTransport(new URL(target), { requestInit: { headers: { Authorization: `Bearer ${secret}` } } })
    : new StdioClientTransport({ command: target, args: ['mcp'], env: { ...process.env, FANGD_HOME: secret, FANGD_URL: address, FANGD_API_KEY: key } });
const client = new Client({ name: 'test', version: '1.0.0' });
await client.connect(transport);

assert.equal(client.getServerVersion().name, 'fangd');
await client.ping();
const { tools } = await client.listTools();
assert.ok(tools.some(tool => tool.name === 'file_read' && tool.inputSchema.properties.path));
assert.ok(tools.some(tool => tool.name === 'fangd_agent_helper'));

const stored = await client.callTool({ name: 'memory_store', arguments: { key: `from-${kind}`, value: 'a word' } });
assert.ok(!stored.isError, JSON.stringify(stored));
const recalled = await client.callTool({ name: 'memory_recall', arguments: { key: `from-${kind}` } });
assert.match(recalled.content[0].text, /a word/);
const answered = await client.callTool({ name: 'fangd_agent_helper', arguments: { message: '<<say hello from inside>>' } });
assert.equal(answered.content[0].text, 'hello from inside');
const outside = await client.callTool({ name: 'file_read', arguments: { path: '../../etc/passwd' } });
assert.equal(outside.isError, true);
await assert.rejects(client.callTool({ name: 'no_such_tool', arguments: {} }), error => error.code === -32602);

const { resources } = await client.listResources();
const talk = resources.find(resource => /conversation/.test(resource.name));
assert.ok((await client.readResource({ uri: talk.uri })).contents.length === 1);
const { prompts } = await client.listPrompts();
const prompt = await client.getPrompt({ name: prompts[0].name, arguments: { task: 'do it' } });
assert.match(prompt.messages[0].content.text, /do it$/);

await client.close();
console.log('ok');
