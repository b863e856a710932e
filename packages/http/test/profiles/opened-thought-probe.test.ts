import { expect, it } from 'vitest'
import { type Answer, chunk, json, sse, usageChunk } from '../fake-server.ts'
import { serverDescriptions } from '../fixture-server.ts'
import { openModel, startFakeServer } from '../open-model.ts'

/** A model of an unknown family on a vLLM without a parser, whose prompt ends with `tokens`. */
async function openUnknown(tokens: readonly string[]) {
  const tokenize: Answer = (response, { body }) =>
    json(
      body['continue_final_message']
        ? { tokens: [] }
        : { count: 1, tokens: [1], token_strs: tokens },
    )(response, { path: '/tokenize', body, headers: {} })
  const server = await startFakeServer({
    ...serverDescriptions['vllm'],
    '/tokenize': tokenize,
    '/v1/chat/completions': sse(
      chunk({ content: 'so\n</thi' }),
      chunk({ content: 'nk>\n\nyes' }),
      chunk({}, 'stop'),
      usageChunk,
    ),
  })
  return openModel({ url: server.url, mode: 'chat' })
}

it.each([
  [['<|User|>', 'a', '<|Assistant|>', '<think>', 'Ċ']],
  [['<|User|>', 'a', '<|Assistant|>', '<', 'think', '>']],
  [['[INST]', '▁a', '[/INST]', '<think>', '<0x0A>', '<0x0A>']],
])('a thought that the template begins is split off the text: %j', async (tokens) => {
  const model = await openUnknown(tokens)
  const whole = 'so\n</think>\n\nyes'
  expect(await model.generate({ messages: 'hi', reasoning: 'on' })).toMatchObject({
    reasoning: 'so',
    text: 'yes',
  })
  expect(await model.generate({ messages: 'hi', reasoning: 'off' })).toMatchObject({ text: whole })
})

it('a text stays text where the template begins none', async () => {
  for (const tokens of [['<|Assistant|>'], ['<think>', 'Ċ', '</think>']]) {
    const reply = await (await openUnknown(tokens)).generate({ messages: 'hi', reasoning: 'on' })
    expect(reply).toMatchObject({ reasoning: '', text: 'so\n</think>\n\nyes' })
  }
})
