import { type GenerateRequest, Model } from '@nano/core'
import { scripted } from '@nano/core/testing'
import { batch, type BatchItem, type BatchOptions, type BatchResult } from '../../src/index.ts'

type Answer = (text: string, attempt: number) => Promise<string> | string

/** A model that answers as a function says, and knows how many requests were with it at once. */
export function modelWith(answer: Answer) {
  const counts = { running: 0, most: 0, calls: 0 }
  const attempts = new Map<string, number>()
  const driver = scripted()
  const model = new Model({
    ...driver,
    async *stream(request: GenerateRequest, call) {
      const message = request.messages[0]
      const text = message?.role === 'user' ? message.content : ''
      const attempt = (attempts.get(text) ?? 0) + 1
      attempts.set(text, attempt)
      counts.calls++
      counts.most = Math.max(counts.most, ++counts.running)
      try {
        const reply = await answer(text, attempt)
        call.signal.throwIfAborted()
        yield* scripted({ reply: () => [reply], thought: () => [] }).stream(request, call)
      } finally {
        counts.running--
      }
    },
  })
  return { model, counts }
}

/** Requests `0`, `1` and so on, with their id as the question. */
export function* itemsUpTo(count: number): Generator<BatchItem> {
  for (let index = 0; index < count; index++) yield { id: `${index}`, input: `${index}` }
}

/** All results of a batch, and its summary. */
export async function run(
  model: Model,
  items: Iterable<BatchItem> | AsyncIterable<BatchItem>,
  options: BatchOptions = {},
) {
  const results: BatchResult[] = []
  const replies = batch(model, items, { delay: 1, concurrency: 4, ...options })
  for (;;) {
    const { value, done } = await replies.next()
    if (done) return { results, summary: value }
    results.push(value)
  }
}
