import type { Message, Model } from '@nano/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

interface Options {
  readonly parallel?: number
  readonly contextLength?: number
}

const greedy = { sampling: { temperature: 0 } } as const
const question = 'What is 4812 + 977?'

/**
 * What an adapter owes that runs the embedded model in this process, beside the laws: its KV cache,
 * its slots, and where a context ends.
 */
export function testInProcess(open: (options?: Options) => Promise<Model>): void {
  let model: Model
  beforeAll(async () => {
    model = await open({ parallel: 4 })
  })
  afterAll(() => model.close())

  describe('the KV cache', () => {
    it('serves the second turn of a conversation', async () => {
      const firstTurn: Message[] = [{ role: 'user', content: question }]
      const firstReply = await model.generate({ messages: firstTurn, ...greedy })
      const secondReply = await model.generate({
        messages: [...firstTurn, firstReply.message, { role: 'user', content: 'What is 3 + 4?' }],
        ...greedy,
      })
      // All but the end-of-turn token and the new turn.
      expect(secondReply.usage.cachedInput).toBeGreaterThanOrEqual(
        firstReply.usage.input ?? Infinity,
      )
    })

    it('finds each conversation its own', async () => {
      const freshModel = await open({ parallel: 3 })
      const histories = [
        'What is 11 + 1?',
        'Which is larger, 7 or 8?',
        'Sort ascending: 3, 1, 2.',
      ].map((content): Message[] => [{ role: 'user', content }])
      const turn = (messages: readonly Message[]) => freshModel.generate({ messages, ...greedy })
      const firstReplies = []
      for (const history of histories) firstReplies.push(await turn(history))
      for (const [index, history] of histories.entries()) {
        const firstReply = firstReplies[index]!
        const secondReply = await turn([
          ...history,
          firstReply.message,
          { role: 'user', content: 'What is 5 + 5?' },
        ])
        expect(secondReply.usage.cachedInput, `conversation ${index}`).toBeGreaterThanOrEqual(
          firstReply.usage.input ?? Infinity,
        )
      }
      await freshModel.close()
    })

    it('changes nothing but the time: a cached reply is the same', async () => {
      const freshModel = await open()
      const firstReply = await freshModel.generate({
        messages: question,
        reasoning: 'on',
        ...greedy,
      })
      const secondReply = await freshModel.generate({
        messages: question,
        reasoning: 'on',
        ...greedy,
      })
      expect(firstReply.usage.cachedInput).toBe(0)
      expect(secondReply.usage.cachedInput).toBe((firstReply.usage.input ?? 0) - 1)
      expect([secondReply.text, secondReply.reasoning, secondReply.usage.output]).toEqual([
        firstReply.text,
        firstReply.reasoning,
        firstReply.usage.output,
      ])
      await freshModel.close()
    })

    it('is kept by a thought that its budget closes', async () => {
      const { reasoning, text, usage } = await model.generate({
        messages: question,
        reasoning: 'on',
        reasoningBudget: 12,
        ...greedy,
      })
      expect(reasoning).toMatch(/^4812/)
      expect(text).not.toBe('')
      expect(usage.reasoning).toBeLessThan(20)
    })
  })

  describe('several requests', () => {
    it('wait their turn, and say how long', async () => {
      const freshModel = await open()
      const replies = await Promise.all(
        [1, 2, 3].map(() =>
          freshModel.generate({ messages: question, reasoning: 'on', ...greedy }),
        ),
      )
      expect(replies[0]?.timings.waiting).toBeLessThan(replies[2]?.timings.waiting ?? 0)
      await freshModel.close()
    })

    it('are aborted one by one; the others go on, and the slot is free at once', async () => {
      const abort = new AbortController()
      const askAtLength = (signal?: AbortSignal) =>
        model.generate(
          { messages: 'Sort ascending: 507, 12, 48, 900, 77, 3.', reasoning: 'on', ...greedy },
          signal && { signal },
        )
      const abortedReply = askAtLength(abort.signal).catch((error: unknown) => error)
      const otherReplies = [askAtLength(), askAtLength(), askAtLength()]
      setTimeout(() => abort.abort('enough'), 3)
      expect(await abortedReply).toBe('enough')
      const texts = new Set(
        (await Promise.all([...otherReplies, askAtLength()])).map(({ text }) => text),
      )
      expect(texts.size).toBe(1)
    })

    it('may wait in any number, on any number of models, without a warning of leaks', async () => {
      const warnings: Error[] = []
      const listen = (warning: Error) => warnings.push(warning)
      process.on('warning', listen)
      const models = await Promise.all(Array.from({ length: 11 }, () => open()))
      await Promise.all(
        Array.from({ length: 40 }, () => model.generate({ messages: question, maxTokens: 2 })),
      )
      await Promise.all(models.map((model) => model.close()))
      await new Promise((resolve) => setImmediate(resolve))
      process.off('warning', listen)
      expect(warnings).toEqual([])
    })
  })

  describe('a prompt', () => {
    it('is read with progress', async () => {
      const progress: number[] = []
      const { usage } = await model.generate(
        { messages: '7 '.repeat(600), maxTokens: 1 },
        { onPrefill: ({ processed, total }) => progress.push(processed / total) },
      )
      expect(usage.input).toBeGreaterThan(1_024)
      expect(progress.length).toBeGreaterThan(1)
      expect(progress.at(-1)).toBe(1)
    })

    it('and its reply end with the context, which says length', async () => {
      const smallModel = await open({ contextLength: 48 })
      const { finishReason, cut, usage } = await smallModel.generate({
        messages: question,
        reasoning: 'on',
        ...greedy,
      })
      expect({ finishReason, cut, tokens: (usage.input ?? 0) + (usage.output ?? 0) }).toEqual({
        finishReason: 'length',
        cut: 'reasoning',
        tokens: 48,
      })
      await smallModel.close()
    })
  })
}
