import type { Model } from '@nano/core'
import { batch, type BatchItem, type BatchOptions, type BatchSummary } from '@nano/playbook'

/** What a batch of equal requests gave. */
export interface BatchSpeed extends Pick<BatchSummary, 'levels'> {
  /** Tokens of replies per second, over the whole batch. */
  readonly speed: number
  /** Tokens, of the mean request. */
  readonly prompt: number
  readonly reply: number
  /** Requests at once in the end. */
  readonly concurrency: number
}

interface BatchWork {
  readonly questions: readonly string[]
  readonly maxTokens: number
  readonly concurrency: NonNullable<BatchOptions['concurrency']>
}

/** Runs a batch of greedy requests. Throws where one of them fails. */
export async function measureBatch(
  model: Model,
  { questions, maxTokens, concurrency }: BatchWork,
): Promise<BatchSpeed> {
  const items = questions.map((question, index): BatchItem => ({
    id: `${index}`,
    input: { messages: question, maxTokens, sampling: { temperature: 0 }, reasoning: 'off' },
  }))
  let [promptTokens, replyTokens, lastConcurrency] = [0, 0, 0]
  const startedAt = performance.now()
  const results = batch(model, items, {
    concurrency,
    total: items.length,
    onProgress: (progress) => {
      lastConcurrency = progress.concurrency
    },
  })
  for (;;) {
    const { value, done } = await results.next()
    if (done) {
      const seconds = (performance.now() - startedAt) / 1_000
      return {
        speed: replyTokens / seconds,
        prompt: promptTokens / items.length,
        reply: replyTokens / items.length,
        concurrency: lastConcurrency,
        levels: value.levels,
      }
    }
    if (value.error) throw value.error
    promptTokens += value.reply.usage.input ?? 0
    replyTokens += value.reply.usage.output ?? 0
  }
}
