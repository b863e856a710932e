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
      const first: Message[] = [{ role: 'user', content: question }]
      const one = await model.generate({ messages: first, ...greedy })
      const two = await model.generate({
        messages: [...first, one.message, { role: 'user', content: 'What is 3 + 4?' }],
        ...greedy,
      })
      // All but the end-of-turn token and the new turn.
      expect(two.usage.cachedInput).toBeGreaterThanOrEqual(one.usage.input ?? Infinity)
    })

    it('finds each conversation its own', async () => {
      const fresh = await open({ parallel: 3 })
      const histories = [
        'What is 11 + 1?',
        'Which is larger, 7 or 8?',
        'Sort ascending: 3, 1, 2.',
      ].map((content): Message[] => [{ role: 'user', content }])
      const turn = (messages: readonly Message[]) => fresh.generate({ messages, ...greedy })
      const firsts = []
      for (const history of histories) firsts.push(await turn(history))
      for (const [index, history] of histories.entries()) {
        const first = firsts[index]!
        const second = await turn([
          ...history,
          first.message,
          { role: 'user', content: 'What is 5 + 5?' },
        ])
        expect(second.usage.cachedInput, `conversation ${index}`).toBeGreaterThanOrEqual(
          first.usage.input ?? Infinity,
        )
      }
      await fresh.close()
    })

    it('changes nothing but the time: a cached reply is the same', async () => {
      const cold = await open()
      const one = await cold.generate({ messages: question, reasoning: 'on', ...greedy })
      const two = await cold.generate({ messages: question, reasoning: 'on', ...greedy })
      expect(one.usage.cachedInput).toBe(0)
      expect(two.usage.cachedInput).toBe((one.usage.input ?? 0) - 1)
      expect([two.text, two.reasoning, two.usage.output]).toEqual([
        one.text,
        one.reasoning,
        one.usage.output,
      ])
      await cold.close()
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
      const one = await open()
      const replies = await Promise.all(
        [1, 2, 3].map(() => one.generate({ messages: question, reasoning: 'on', ...greedy })),
      )
      expect(replies[0]?.timings.waiting).toBeLessThan(replies[2]?.timings.waiting ?? 0)
      await one.close()
    })

    it('are aborted one by one; the others go on, and the slot is free at once', async () => {
      const abort = new AbortController()
      const long = (signal?: AbortSignal) =>
        model.generate(
          { messages: 'Sort ascending: 507, 12, 48, 900, 77, 3.', reasoning: 'on', ...greedy },
          signal && { signal },
        )
      const left = long(abort.signal).catch((error: unknown) => error)
      const others = [long(), long(), long()]
      setTimeout(() => abort.abort('enough'), 3)
      expect(await left).toBe('enough')
      const texts = new Set((await Promise.all([...others, long()])).map(({ text }) => text))
      expect(texts.size).toBe(1)
    })

    it('may wait in any number, on any number of models, without a warning of leaks', async () => {
      const warnings: Error[] = []
      const listen = (warning: Error) => warnings.push(warning)
      process.on('warning', listen)
      const models = await Promise.all(Array.from({ length: 12 }, () => open()))
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
      const seen: number[] = []
      const { usage } = await model.generate(
        { messages: '7 '.repeat(600), maxTokens: 1 },
        { onPrefill: ({ processed, total }) => seen.push(processed / total) },
      )
      expect(usage.input).toBeGreaterThan(1_024)
      expect(seen.length).toBeGreaterThan(1)
      expect(seen.at(-1)).toBe(1)
    })

    it('and its reply end with the context, which says length', async () => {
      const short = await open({ contextLength: 48 })
      const { finishReason, cut, usage } = await short.generate({
        messages: question,
        reasoning: 'on',
        ...greedy,
      })
      expect({ finishReason, cut, tokens: (usage.input ?? 0) + (usage.output ?? 0) }).toEqual({
        finishReason: 'length',
        cut: 'reasoning',
        tokens: 48,
      })
      await short.close()
    })
  })
}
