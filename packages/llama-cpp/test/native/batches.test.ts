import { LlamaModel } from 'node-llama-cpp'
import { afterEach, expect, it, vi } from 'vitest'
import { openLlamaCpp } from '../../src/index.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

interface Batching {
  readonly itemPrioritizationStrategy: (
    batch: object,
  ) => readonly { readonly item: { readonly evaluationPriority: number } }[]
}

/** The sequences of each batch that is decoded from now on. */
function watchBatches(): number[][] {
  const batches: number[][] = []
  const create = LlamaModel.prototype.createContext
  vi.spyOn(LlamaModel.prototype, 'createContext').mockImplementation(function (
    this: LlamaModel,
    options = {},
  ) {
    const { itemPrioritizationStrategy } = options.batching as unknown as Batching
    return create.call(this, {
      ...options,
      batching: {
        itemPrioritizationStrategy(batch: object) {
          const items = itemPrioritizationStrategy(batch)
          batches.push(items.map(({ item }) => item.evaluationPriority))
          return items
        },
      },
    } as typeof options)
  })
  return batches
}

it.each([
  { what: 'sampled by the runtime', fields: {}, options: {} },
  { what: 'sampled here', fields: { logprobs: 1 }, options: {} },
  { what: 'with guesses', fields: {}, options: { speculation: 'prompt-lookup' } },
] as const)(
  'four replies $what are decoded in the order of their sequences, whoever came first',
  async ({ fields, options }) => {
    const batches = watchBatches()
    const model = await openLlamaCpp({ model: 'tiny', parallel: 4, ...options })
    const generate = (messages: string) =>
      model.generate({
        messages,
        reasoning: 'on',
        maxTokens: 16,
        sampling: { temperature: 0 },
        ...fields,
      })
    // Each conversation has its sequence now; the next time they come in another order.
    const questions = ['What is 1 + 2?', 'What is 3 + 4?', 'What is 5 + 6?', 'What is 7 + 8?']
    await Promise.all(questions.map(generate))
    batches.length = 0
    await Promise.all(questions.toReversed().map(generate))
    await model.close()

    expect(batches.filter(({ length }) => length === 4).length).toBeGreaterThan(2)
    for (const batch of batches) expect(batch).toEqual(batch.toSorted())
    expect(new Set(batches.flat())).toEqual(new Set([0, 1, 2, 3]))
  },
)
