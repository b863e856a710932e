import { readFileSync } from 'node:fs'
import type { GenerateInput, GenerateResult, Message, Model, Tool } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import { gguf } from '@nano/tiny'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openOnnx } from '../../src/index.ts'

let here: Model
let there: Model
beforeAll(async () => {
  here = await openOnnx({ model: 'tiny' })
  there = await openLlamaCpp({ model: gguf.F16, kvCache: 'f32' })
})
afterAll(async () => {
  await here.close()
  await there.close()
})

const problems = readFileSync(new URL('../../../tiny/problems.jsonl', import.meta.url), 'utf8').trim().split('\n').map((line) => (JSON.parse(line) as { question: string }).question)
const spread = (count: number, from = 0) => Array.from({ length: count }, (_, index) => problems[(from + index * 7) % problems.length] ?? '')
const greedy = { temperature: 0 } as const
const user = (content: string): Message => ({ role: 'user', content })
const tools: readonly Tool[] = [
  { name: 'add', description: 'Adds two numbers.', parameters: { type: 'object', properties: { a: { type: 'integer' }, b: { type: 'integer' } }, required: ['a', 'b'] } },
  { name: 'get_weather', description: 'The weather of a city.', parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
]
const odd = ['naïve 日本語 🙂', '<|eot_id|> What is 2 + 2?', '  \n\n\ttabs and  spaces \r\n', 'Ünïcødé: ½ ≠ ⅓ — “quotes”', '👩‍👩‍👧‍👦 family', 'a\u0000b', '\uFEFFmark', 'العربية', '</think>', '[TOOL_CALLS]']

const kinds: readonly (readonly [what: string, requests: readonly GenerateInput[]])[] = [
  ['problems with reasoning', spread(25).map((messages) => ({ messages, reasoning: 'on' }))],
  ['problems without', spread(20, 3).map((messages) => ({ messages, reasoning: 'off' }))],
  ['tools', spread(6, 5).flatMap((content): GenerateInput[] => [{ messages: [user(`Use the tool: ${content}`)], tools }, { messages: [user('What is the weather in Paris?')], tools, reasoning: 'on', maxTokens: content.length }])],
  ['calls that are demanded', spread(6, 8).map((content, index): GenerateInput => ({ messages: [user(`Use the tool: ${content}`)], tools, toolChoice: index % 2 ? 'required' : { name: 'add' }, reasoning: index < 3 ? 'off' : 'on', maxTokens: 200 }))],
  ['text of all kinds', odd.map((messages) => ({ messages, maxTokens: 60, reasoning: 'on' }))],
  ['stop strings', spread(10, 2).map((messages, index) => ({ messages, stop: [String(index), '1'], reasoning: index % 2 ? 'on' : 'off' }))],
  ['budgets', spread(10, 4).map((messages, index) => ({ messages, reasoning: 'on', reasoningBudget: 3 + 2 * index, maxTokens: 120 }))],
  ['long prompts', spread(6, 8).map((content, index) => ({ messages: `${'The list of numbers is long, and not needed here: 7, 12, 30. '.repeat(4 + 5 * index)}${content}`, reasoning: index % 2 ? 'on' : 'off', maxTokens: 60 }))],
  ['answers held to a schema', spread(6, 1).map((content, index) => ({ messages: `Answer in JSON with the key result: ${content}`, schema: { type: 'object', properties: { result: { type: 'string', maxLength: 20 } }, required: ['result'] }, reasoning: index % 2 ? 'on' : 'off', maxTokens: 300 }))],
  ['system messages and penalties', spread(7, 6).map((content, index) => ({ messages: [{ role: 'system', content: 'Be brief.' }, user(content)], maxTokens: 80, sampling: { temperature: 0, repetitionPenalty: 1 + index / 10, presencePenalty: index / 5 } }))],
]

describe('greedy replies are those of llama.cpp', () => {
  it.each(kinds)('%s', async (_what, requests) => {
    for (const request of requests) {
      const asked: GenerateInput = { ...(request as object), sampling: { ...greedy, ...(request as { sampling?: object }).sampling } } as GenerateInput
      expect(told(await here.generate(asked)), JSON.stringify(request)).toEqual(told(await there.generate(asked)))
    }
  })

  it('conversations', async () => {
    for (const first of spread(3, 9)) {
      let messages: Message[] = [user(first)]
      for (const next of ['What is 3 + 4?', 'And 12 - 5?']) {
        const request = { messages, reasoning: 'on', sampling: greedy } as const
        const [one, two] = [await here.generate(request), await there.generate(request)]
        expect(told(one), first).toEqual(told(two))
        messages = [...messages, one.message, user(next)]
      }
    }
  })

  it('and there are a hundred of them', () => {
    expect(kinds.reduce((sum, [, requests]) => sum + requests.length, 6)).toBeGreaterThanOrEqual(100)
  })
})

/** What has to be the same. */
function told({ reasoning, text, toolCalls, finish, usage: { input, output } }: GenerateResult): object {
  return { reasoning, text, toolCalls, finish, input, output }
}
