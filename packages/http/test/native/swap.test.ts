import { type ChatFormat, text } from '@nano/chat'
import type { GenerateInput, Model } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import { gguf } from '@nano/tiny'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { openHttp } from '../../src/index.ts'
import { live, serve, type Server } from './llama-server.ts'

const tool = { name: 'add', description: 'Adds two numbers.', parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'] } }
const schema = { type: 'object', properties: { total: { type: 'integer' } }, required: ['total'], additionalProperties: false }
const greedy = { sampling: { temperature: 0 } } as const

const asked: Readonly<Record<string, GenerateInput>> = {
  'an answer without a thought': { messages: 'What is 4812 + 977?', reasoning: 'off', ...greedy },
  'an answer after a thought': { messages: 'What is 4812 + 977?', reasoning: 'on', ...greedy },
  'a longer thought': { messages: 'Sort ascending: 507, 12, 48, 900, 77, 3.', reasoning: 'on', ...greedy },
  'a thought cut by maxTokens': { messages: 'What is 4812 + 977?', reasoning: 'on', maxTokens: 9, ...greedy },
  'a thought held to a budget': { messages: 'What is 4812 + 977?', reasoning: 'on', reasoningBudget: 12, ...greedy },
  'a thought held to the least budget': { messages: 'Sort ascending: 507, 12, 48, 900, 77, 3.', reasoning: 'on', reasoningBudget: 1, ...greedy },
  'a stop string': { messages: 'What is 4812 + 977?', reasoning: 'off', stop: ['78'], ...greedy },
  'words it was never taught': { messages: 'naïve 日本語 🙂 <|eot_id|>', reasoning: 'on', maxTokens: 120, ...greedy },
  'a conversation': { messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'What is 11 + 1?' }, { role: 'assistant', content: '12' }, { role: 'user', content: 'What is 5 + 5?' }], reasoning: 'on', ...greedy },
  'a reply that goes on': { messages: [{ role: 'user', content: 'What is 4812 + 977?' }, { role: 'assistant', content: '57', continue: true }], ...greedy },
  'a call that is offered': { messages: 'What is 4812 + 977? Use the tool.', tools: [tool], maxTokens: 120, ...greedy },
  'a call that is demanded': { messages: 'What is 4812 + 977?', tools: [tool], toolChoice: { name: 'add' }, maxTokens: 120, ...greedy },
  'a schema': { messages: 'What is 4812 + 977?', schema, maxTokens: 120, ...greedy },
  'characters of several tokens each': { messages: 'Say it.', schema: { const: '日本語 🙂 naïve' }, maxTokens: 120, ...greedy },
  'a character cut in two': { messages: 'Say it.', schema: { const: '日本語 🙂 naïve' }, maxTokens: 5, ...greedy },
  'a schema after a thought': { messages: 'What is 4812 + 977?', schema, reasoning: 'on', maxTokens: 300, ...greedy },
}

describe('the same model in process and behind a real llama-server', () => {
  let server: Server
  let here: Model
  let there: Model
  beforeAll(async () => {
    // In process the attention of a model this small is computed without flash attention, and so it is to be there.
    server = await serve({ model: gguf.F16, more: ['-fa', 'off'] })
    there = await openHttp({ url: server.url })
    here = await openLlamaCpp({ model: gguf.F16, contextLength: there.info.contextLength ?? 0 })
  })
  afterAll(async () => {
    await here?.close()
    await there?.close()
    await server?.close()
  })

  /** What identical means: not timings, not cached input. */
  const outcome = async (model: Model, input: GenerateInput) => {
    const { reasoning, text, toolCalls, finish, usage } = await model.generate(input)
    return { reasoning, text, toolCalls, finish, input: usage.input, output: usage.output, thought: usage.reasoning }
  }

  for (const [name, input] of Object.entries(asked)) {
    live(`give the same for ${name}`, async () => {
      expect(await outcome(there, input)).toEqual(await outcome(here, input))
    })
  }

  live('give the same to forty questions, and count the same', async () => {
    for (let index = 0; index < 40; index++) {
      const input = { messages: `What is ${4_000 + 37 * index} + ${77 * index}?`, reasoning: index % 2 ? 'on' : 'off', ...greedy } as const
      expect(await outcome(there, input), input.messages).toEqual(await outcome(here, input))
    }
  })

  live('render the same prompt, and tokenise the same texts', async () => {
    for (const input of Object.values(asked)) {
      expect(await there.render(input)).toEqual(await here.render(input))
      expect(await there.countTokens(input)).toBe(await here.countTokens(input))
    }
    for (const text of ['plain words', '  white \n\n space\t', 'naïve café — 日本語 🙂', '<|eot_id|><think></think>', '']) expect(await there.tokenize(text)).toEqual(await here.tokenize(text))
  })

  live('begin a prompt with the same token where the format writes none', async () => {
    const format: ChatFormat = { name: 'bare', advice: { on: {}, off: {} }, render: ({ messages }) => messages.map((message) => text('content' in message ? message.content : '')) }
    const bare = await openHttp({ url: server.url, format })
    const own = await openLlamaCpp({ model: gguf.F16, contextLength: 2_048, format })
    const [far, near] = [await bare.render('12 + 7'), await own.render('12 + 7')]
    await Promise.all([bare.close(), own.close()])
    expect(far).toEqual(near)
    expect(far.text).toBe('<|begin_of_text|>12 + 7')
  })

  live('claim the same but for penalties, which there count the prompt too', () => {
    const penalties = ['repetitionPenalty', 'presencePenalty', 'frequencyPenalty']
    expect(there.capabilities).toEqual({ ...here.capabilities, sampling: here.capabilities.sampling.filter((setting) => !penalties.includes(setting)) })
  })

  live('give the same log-probabilities', async () => {
    const input = { messages: 'What is 12 + 7?', logprobs: 2, ...greedy }
    const [near, far] = [await here.generate(input), await there.generate(input)]
    expect(far.logprobs?.map(({ token }) => token)).toEqual(near.logprobs?.map(({ token }) => token))
    for (const [index, { logprob, top }] of (far.logprobs ?? []).entries()) {
      expect(logprob).toBeCloseTo(near.logprobs?.[index]?.logprob ?? NaN, 3)
      expect(top.map(({ token }) => token)).toEqual(near.logprobs?.[index]?.top.map(({ token }) => token))
    }
  })
})
