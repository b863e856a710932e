import type { Model } from '@nano/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scaleCount } from '../../../../test/shared/long-run.ts'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { openLlamaCpp } from '../../src/index.ts'
import { smallModel, writeModel } from './small-models.ts'

const folder = temporaryFolder()
const greedy = { temperature: 0 } as const
let tiny: Model
let random: Model
beforeAll(async () => {
  tiny = await openLlamaCpp({ model: 'tiny', parallel: 2 })
  random = await openLlamaCpp({
    model: await writeModel(folder, 'random.gguf', smallModel()),
    parallel: 2,
  })
})
afterAll(() => Promise.all([tiny.close(), random.close()]))

describe('log-probabilities and tools', () => {
  const tools = [
    {
      name: 'add',
      description: 'Adds.',
      parameters: { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
    },
  ]

  it('go together: text has log-probabilities, and a call is whole and has none', async () => {
    const calls = []
    for (const model of [tiny, random]) {
      for (const reasoning of ['on', 'off'] as const) {
        const request = {
          messages: 'What is 12 + 30?',
          tools,
          reasoning,
          sampling: greedy,
          maxTokens: 40,
        } as const
        const [plainReply, scoredReply] = [
          await model.generate(request),
          await model.generate({ ...request, logprobs: 3 }),
        ]
        expect([
          scoredReply.text,
          scoredReply.toolCalls,
          scoredReply.finishReason,
          scoredReply.usage.output,
        ]).toEqual([
          plainReply.text,
          plainReply.toolCalls,
          plainReply.finishReason,
          plainReply.usage.output,
        ])
        calls.push(...scoredReply.toolCalls)
        expect(scoredReply.logprobs?.length ?? 0).toBeGreaterThanOrEqual(
          scoredReply.toolCalls.length > 0 ? 0 : (scoredReply.usage.output ?? Infinity) - 3,
        )
        for (const { token, logprob, top } of scoredReply.logprobs ?? []) {
          expect(logprob).toBeLessThanOrEqual(0)
          expect(top[0]).toMatchObject({ token, logprob })
          expect(top).toHaveLength(3)
        }
      }
    }
    expect(calls.length).toBeGreaterThan(0)
  })

  it('do not where a call is demanded, which is refused before any work', async () => {
    await expect(
      tiny.generate({ messages: 'What is 12 + 30?', tools, toolChoice: 'required', logprobs: 1 }),
    ).rejects.toMatchObject({ code: 'unsupported' })
  })
})

describe('a context of 32 tokens', () => {
  it('is filled to the last, and refuses what it has no room for', async () => {
    const model = await openLlamaCpp({
      model: 'tiny',
      contextLength: 32,
      parallel: 2,
      speculation: 'prompt-lookup',
    })
    for (const messages of ['a', 'aaa', 'hi hi']) {
      const { usage, finishReason } = await model.generate({
        messages,
        reasoning: 'on',
        sampling: { temperature: 2, topP: 1, seed: 1 },
      })
      const totalTokens = (usage.input ?? 0) + (usage.output ?? 0)
      expect(finishReason === 'length' ? totalTokens : 32, messages).toBe(32)
      expect(totalTokens).toBeLessThanOrEqual(32)
    }
    await expect(model.generate('What is 12 + 30? '.repeat(4))).rejects.toMatchObject({
      code: 'context-overflow',
      message: expect.stringContaining('32'),
    })
    expect((await model.generate({ messages: 'a', maxTokens: 2 })).usage.output).toBeGreaterThan(0)
    await model.close()
  })
})

describe('odd text', () => {
  const pieces = [
    '',
    ' ',
    '  ',
    '\n',
    '\r\n',
    '\t',
    '\0',
    'a',
    'Is it so ?',
    "don't",
    'naïve',
    '日本語',
    '🙂',
    '👩‍👩‍👧',
    'e\u0301',
    '\u200B',
    '\uFEFF',
    '\u202E',
    '<|eot_id|>',
    '</think>',
    '12 + 30',
    '{"a": [1]}',
    '\\n',
    '가',
    '٣٤',
    '\u{10FFFF}',
    '😀'.repeat(9),
  ]

  it('comes back from its tokens as it was, in any order', async () => {
    let seed = 5
    const drawBelow = (limit: number) =>
      Math.floor(((seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32) * limit)
    const mixedTexts = Array.from({ length: scaleCount(60) }, () =>
      Array.from({ length: 1 + drawBelow(6) }, () => pieces[drawBelow(pieces.length)]).join(''),
    )
    for (const model of [tiny, random]) {
      for (const text of [...pieces, ...mixedTexts])
        expect(await model.detokenize(await model.tokenize(text)), JSON.stringify(text)).toBe(text)
    }
  })
})
