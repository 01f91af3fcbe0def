// The official OpenAI client, unchanged, against a running daemon. One scenario a run: node sdk.mjs SCENARIO BASE_URL KEY
import assert from 'node:assert/strict';
import OpenAI from 'openai';

const [, , scenario, baseURL, apiKey] = process.argv;
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const model = 'fangd:helper';
const ask = (content, more = {}) => ({ model, messages: [{ role: 'user', content }], ...more });

const weather = {
  type: 'function',
  function: { name: 'weather', description: 'The weather of a place', parameters: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] } },
};

const scenarios = {
  async responses() {
    const first = await client.responses.create({ model, input: '<<say forty-two>><<usage 30 4>>' });
    assert.equal(first.output_text, 'forty-two');
    assert.equal(first.usage.total_tokens, 34);
    const second = await client.responses.create({ model, input: 'and then', previous_response_id: first.id });
    assert.equal(second.output_text, 'echo: and then');
    assert.equal((await client.responses.retrieve(second.id)).previous_response_id, first.id);
    const stream = client.responses.stream({ model, input: '<<say one |two |three>>' });
    let text = '';
    stream.on('response.output_text.delta', delta => (text += delta.delta));
    const final = await stream.finalResponse();
    assert.equal(final.status, 'completed');
    assert.equal(text, 'one two three');
    assert.equal(final.output_text, text);
    const called = await client.responses.create({
      model,
      input: '<<call weather {"place": "Oslo"}>>',
      tools: [{ type: 'function', strict: false, ...weather.function }],
    });
    assert.deepEqual([called.output[0].type, called.output[0].name, JSON.parse(called.output[0].arguments)], ['function_call', 'weather', { place: 'Oslo' }]);
  },

  async models() {
    const listed = [];
    for await (const entry of client.models.list()) listed.push(entry);
    assert.equal(listed.length, 1);
    assert.equal(listed[0].object, 'model');
    assert.match(listed[0].id, /:helper$/);
    assert.equal((await client.models.retrieve(listed[0].id)).id, listed[0].id);
  },

  async completion() {
    const answer = await client.chat.completions.create(ask('<<say forty-two>><<usage 30 4>>'));
    assert.equal(answer.object, 'chat.completion');
    assert.match(answer.id, /^chatcmpl-/);
    assert.equal(answer.choices.length, 1);
    assert.equal(answer.choices[0].index, 0);
    assert.equal(answer.choices[0].finish_reason, 'stop');
    assert.equal(answer.choices[0].message.role, 'assistant');
    assert.equal(answer.choices[0].message.content, 'forty-two');
    assert.deepEqual(answer.usage, { ...answer.usage, prompt_tokens: 30, completion_tokens: 4, total_tokens: 34 });
    assert.ok(Math.abs(answer.created - Date.now() / 1000) < 300);
  },

  async stream() {
    const chunks = [];
    for await (const chunk of await client.chat.completions.create(ask('<<say one |two |three>>', { stream: true }))) chunks.push(chunk);
    assert.equal(chunks.map(chunk => chunk.choices[0]?.delta?.content ?? '').join(''), 'one two three');
    assert.equal(chunks[0].choices[0].delta.role, 'assistant');
    assert.equal(chunks.at(-1).choices[0].finish_reason, 'stop');
    assert.equal(new Set(chunks.map(chunk => chunk.id)).size, 1);
    assert.ok(chunks.every(chunk => chunk.object === 'chat.completion.chunk'));
    // Nobody asked for a chunk of its own, so the tokens are told with the end.
    assert.deepEqual(chunks.filter(chunk => chunk.usage), [chunks.at(-1)]);
  },

  async usage() {
    const request = ask('<<say counted>><<usage 12 3>>', { stream: true, stream_options: { include_usage: true } });
    const chunks = [];
    for await (const chunk of await client.chat.completions.create(request)) chunks.push(chunk);
    assert.deepEqual(chunks.at(-1).choices, []);
    assert.equal(chunks.at(-1).usage.total_tokens, 15);
    assert.ok(chunks.slice(0, -1).every(chunk => !chunk.usage));
  },

  async accumulated() {
    const stream = client.chat.completions.stream(ask('<<say put |together>>', { stream_options: { include_usage: true } }));
    const final = await stream.finalChatCompletion();
    assert.equal(final.choices[0].message.content, 'put together');
    assert.equal(final.choices[0].finish_reason, 'stop');
    assert.equal((await stream.totalUsage()).total_tokens, 18);
  },

  async tools() {
    const question = { role: 'user', content: '<<call weather {"place":"Bonn"}>>' };
    const first = await client.chat.completions.create({ model, messages: [question], tools: [weather] });
    assert.equal(first.choices[0].finish_reason, 'tool_calls');
    const [call] = first.choices[0].message.tool_calls;
    assert.equal(call.type, 'function');
    assert.equal(call.function.name, 'weather');
    assert.deepEqual(JSON.parse(call.function.arguments), { place: 'Bonn' });

    const result = { role: 'tool', tool_call_id: call.id, content: 'sunny' };
    const second = await client.chat.completions.create({ model, messages: [question, first.choices[0].message, result], tools: [weather] });
    assert.equal(second.choices[0].finish_reason, 'stop');
    assert.equal(second.choices[0].message.content, 'result: sunny');
  },

  async runner() {
    let asked;
    const tool = { ...weather, function: { ...weather.function, parse: JSON.parse, function: ({ place }) => ((asked = place), `sunny in ${place}`) } };
    const runner = client.chat.completions.runTools({ model, stream: true, messages: [{ role: 'user', content: '<<call weather {"place":"Bonn"}>>' }], tools: [tool] });
    assert.equal(await runner.finalContent(), 'result: sunny in Bonn');
    assert.equal(asked, 'Bonn');
  },

  async errors() {
    const stranger = new OpenAI({ baseURL, apiKey: 'not-the-key', maxRetries: 0 });
    await assert.rejects(stranger.models.list(), error => error instanceof OpenAI.AuthenticationError && error.status === 401 && error.code === 'invalid_api_key');
    await assert.rejects(
      client.chat.completions.create({ ...ask('hello'), model: 'fangd:nobody' }),
      error => error instanceof OpenAI.NotFoundError && error.code === 'model_not_found' && error.message.includes('nobody'),
    );
    await assert.rejects(client.models.retrieve('fangd:nobody'), error => error instanceof OpenAI.NotFoundError && error.code === 'model_not_found');
    await assert.rejects(
      client.chat.completions.create({ model, messages: [] }),
      error => error instanceof OpenAI.BadRequestError && error.type === 'invalid_request_error' && error.message.includes('messages'),
    );
    await assert.rejects(
      client.chat.completions.create(ask('<<fail 429 60>>')),
      error => error instanceof OpenAI.InternalServerError && error.status === 503 && error.headers.get('retry-after') === '60',
    );
  },

  async abort() {
    const stream = await client.chat.completions.create(ask('<<say the beginning|, and no end>><<hang 1>>', { stream: true }));
    let said = '';
    for await (const chunk of stream) {
      said += chunk.choices[0]?.delta?.content ?? '';
      if (said) break;
    }
    assert.equal(said, 'the beginning');
    assert.ok(stream.controller.signal.aborted);
  },
};

await scenarios[scenario]();
console.log('ok');
