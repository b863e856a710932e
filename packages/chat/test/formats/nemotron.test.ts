import { readFileSync } from 'node:fs'
import { Model, type Message, type Tool } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { sharedData } from '../../../../test/shared/shared-data.ts'
import { chat } from '../../src/engine/index.ts'
import { nemotron } from '../../src/formats/nemotron.ts'
import { llama3Bpe } from '../support/llama-3-bpe.ts'
import { thinker } from '../support/parrot.ts'

interface Case {
  readonly name: string
  readonly reasoning: 'on' | 'off'
  readonly messages: readonly Message[]
  readonly tools?: readonly Tool[]
  readonly prompt: string
  readonly tokens: readonly number[]
}

const prompts = sharedData('nemotron/prompts.json')
const ranks = sharedData('llama3/tokenizer.model')
const fixtures = sharedData('llama3/llama-bpe.inp')

describe('renders what the model was trained on', () => {
  it.skipIf(prompts.missing)(`in text${formatSkipReason(prompts.missing)}`, async () => {
    const model = new Model(chat(thinker(), nemotron))
    for (const { name, prompt, reasoning, messages, tools = [] } of cases()) {
      expect((await model.render({ messages, reasoning, tools })).text, name).toBe(prompt)
    }
  })

  const missing = prompts.missing ?? ranks.missing
  it.skipIf(missing)(
    `in token ids of the Llama 3 vocabulary${formatSkipReason(missing)}`,
    async () => {
      const tokenize = llama3Bpe(ranks.path)
      const model = new Model(
        chat({ ...thinker(), tokenize: async (prompt) => tokenize(prompt) }, nemotron),
      )
      for (const { name, tokens, reasoning, messages, tools = [] } of cases()) {
        expect((await model.render({ messages, reasoning, tools })).tokens, name).toEqual(tokens)
      }
    },
  )

  it.skipIf(ranks.missing ?? fixtures.missing)(
    `with a tokenizer that is right itself${formatSkipReason(ranks.missing ?? fixtures.missing)}`,
    () => {
      const tokenize = llama3Bpe(ranks.path)
      const texts = readFileSync(fixtures.path, 'utf8').split('\n__ggml_vocab_test__\n')
      const ids = readFileSync(fixtures.path.replace(/inp$/, 'out'), 'utf8').split('\n')
      for (const [index, text] of texts.entries())
        expect(tokenize([{ text }]).join(' '), text).toBe(ids[index]?.trim())
    },
  )
})

const text = async (messages: readonly Message[], reasoning: 'on' | 'off' = 'on') =>
  (await new Model(chat(thinker(), nemotron)).render({ messages, reasoning })).text
const user: Message = { role: 'user', content: 'hi' }

it('leaves past thoughts out of the history', async () => {
  expect(
    await text([user, { role: 'assistant', content: 'a', reasoning: 'secret' }, user]),
  ).not.toContain('secret')
})
it('joins the system messages by a blank line, after the switch', async () => {
  expect(
    await text([{ role: 'system', content: 'one' }, { role: 'system', content: 'two' }, user]),
  ).toContain('detailed thinking on\n\none\n\ntwo<|eot_id|>')
})
it('goes on with a reply, its thought included', async () => {
  expect(await text([user, { role: 'assistant', content: 'The', continue: true }])).toMatch(
    /assistant<\|end_header_id\|>\n\nThe$/,
  )
  expect(
    await text([user, { role: 'assistant', content: 'The', reasoning: 'hm', continue: true }]),
  ).toMatch(/\n\n<think>\nhm\n<\/think>\n\nThe$/)
})
it('goes on inside a thought', async () => {
  const messages: Message[] = [
    user,
    { role: 'assistant', content: '', reasoning: 'twelve and', continue: true },
  ]
  expect(await text(messages)).toMatch(/<think>\ntwelve and$/)
  const result = await new Model(chat(thinker(), nemotron)).generate({ messages, reasoning: 'on' })
  expect(result).toMatchObject({
    reasoning: ' seven make nineteen',
    text: 'The answer is nineteen.',
  })
})
it('puts results that follow each other into one turn', async () => {
  const call = (id: string) => ({ id, name: 'add', input: { a: 1 } })
  const messages: Message[] = [
    user,
    { role: 'assistant', content: '', toolCalls: [call('x'), call('y')] },
    { role: 'tool', toolCallId: 'x', output: 'a "b"' },
    { role: 'tool', toolCallId: 'y', output: [1, null] },
  ]
  expect(await text(messages)).toContain(
    '<TOOL_RESPONSE>["a \\"b\\"", [1, null]]</TOOL_RESPONSE><|eot_id|>',
  )
})
it('puts results into the order of their calls, which is all that links them', async () => {
  const call = (id: string) => ({ id, name: 'add', input: {} })
  const result = (toolCallId: string): Message => ({ role: 'tool', toolCallId, output: toolCallId })
  const messages: Message[] = [
    user,
    { role: 'assistant', content: '', toolCalls: [call('x'), call('y')] },
    result('y'),
    result('x'),
  ]
  expect(await text(messages)).toContain('<TOOL_RESPONSE>["x", "y"]</TOOL_RESPONSE>')
})

function cases(): readonly Case[] {
  return JSON.parse(readFileSync(prompts.path, 'utf8')) as Case[]
}

function formatSkipReason(missing: string | undefined): string {
  return missing ? ` [${missing}]` : ''
}
