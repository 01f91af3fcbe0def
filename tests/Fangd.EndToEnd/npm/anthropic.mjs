// The official Anthropic client, unchanged, against a running daemon. node anthropic.mjs SCENARIO BASE_URL KEY
import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';

const [, , scenario, baseURL, apiKey] = process.argv;
const client = new Anthropic({ baseURL, apiKey, maxRetries: 0 });
const ask = (content, more = {}) => ({ model: 'fangd:helper', max_tokens: 1000, messages: [{ role: 'user', content }], ...more });
const weather = {
  name: 'weather',
  description: 'The weather of a place',
  input_schema: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] },
};

const scenarios = {
  async message() {
    const answer = await client.messages.create(ask('<<say forty-two>><<usage 30 4>>'));
    assert.deepEqual([answer.type, answer.role, answer.stop_reason], ['message', 'assistant', 'end_turn']);
    assert.deepEqual(answer.content.map(block => block.text), ['forty-two']);
    assert.deepEqual([answer.usage.input_tokens, answer.usage.output_tokens], [30, 4]);
    assert.ok((await client.messages.countTokens({ model: 'x', messages: [{ role: 'user', content: 'hello there' }] })).input_tokens > 0);
  },

  async stream() {
    const stream = client.messages.stream(ask('<<say one |two |three>><<usage 7 3>>'));
    let text = '';
    stream.on('text', delta => (text += delta));
    const final = await stream.finalMessage();
    assert.equal(text, 'one two three');
    assert.equal(final.content[0].text, text);
    assert.equal(final.usage.output_tokens, 3);
  },

  async tools() {
    const asked = '<<call weather {"place": "Oslo"}>>';
    const final = await client.messages.stream(ask(asked, { tools: [weather] })).finalMessage();
    assert.equal(final.stop_reason, 'tool_use');
    const use = final.content.find(block => block.type === 'tool_use');
    assert.deepEqual([use.name, use.input], ['weather', { place: 'Oslo' }]);
    const answer = await client.messages.create({
      ...ask(asked, { tools: [weather] }),
      messages: [
        { role: 'user', content: asked },
        { role: 'assistant', content: final.content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: use.id, content: 'sunny' }] },
      ],
    });
    assert.equal(answer.content[0].text, 'result: sunny');
  },

  async errors() {
    await assert.rejects(client.messages.create({ ...ask('x'), model: 'fangd:nobody' }), error => error instanceof Anthropic.NotFoundError && /nobody/.test(error.message));
    const stranger = new Anthropic({ baseURL, apiKey: 'wrong', maxRetries: 0 });
    await assert.rejects(stranger.messages.create(ask('x')), Anthropic.AuthenticationError);
    await assert.rejects(client.messages.create(ask('<<fail 400>>')), Anthropic.InternalServerError);
  },
};

await scenarios[scenario]();
console.log('ok');
