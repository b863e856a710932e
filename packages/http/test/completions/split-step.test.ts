import { tokenizer } from '@nano/chat/tokenizer'
import { expect, it } from 'vitest'
import { type Answer, sse } from '../fake-server.ts'
import { tokenizerFile } from '../native/completions-bridge.ts'
import { openVllmCompletions } from './open-completions.ts'

const { tokenize } = tokenizer({ tokenizer: tokenizerFile, name: 'tiny' })
const tokens = tokenize([
  { text: '<think>\n12+30\n=42\n</think>\n\nIt is 42.' },
  { control: '<|eot_id|>' },
])

/** Answers with the reply, `size` tokens at once. */
function sendTokens(size: number): Answer {
  const starts = Array.from({ length: Math.ceil(tokens.length / size) }, (_, index) => index * size)
  return sse(
    ...starts.map((start) => ({
      choices: [
        {
          index: 0,
          text: '',
          token_ids: tokens.slice(start, start + size),
          finish_reason: start + size >= tokens.length ? 'stop' : null,
        },
      ],
    })),
  )
}

async function outcomeOf(size: number, reasoningBudget?: number) {
  const model = await openVllmCompletions(sendTokens(size))
  const result = await model.generate({
    messages: 'hi',
    reasoning: 'on',
    ...(reasoningBudget !== undefined && { reasoningBudget }),
  })
  const { reasoning, text, finishReason, usage } = result
  return { reasoning, text, finishReason, usage }
}

it('a reply is the same, however many tokens a busy server sends at once', async () => {
  const expected = await outcomeOf(1)
  expect(expected).toMatchObject({ reasoning: '12+30\n=42', text: 'It is 42.' })
  for (const size of [2, 3, 7, tokens.length]) expect(await outcomeOf(size)).toEqual(expected)
})

it('a reasoning budget holds where the server sends more tokens at once', async () => {
  const expected = await outcomeOf(1, 3)
  for (const size of [2, 3, 7]) expect(await outcomeOf(size, 3)).toEqual(expected)
})
