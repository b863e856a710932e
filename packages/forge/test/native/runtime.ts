import {
  getLlama,
  LlamaLogLevel,
  type LlamaContextOptions,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp'
import { onTestFinished } from 'vitest'

const llama = await getLlama({
  gpu: false,
  build: 'never',
  logLevel: LlamaLogLevel.error,
  progressLogs: false,
})

/** Gone when the test ends. */
export async function load(path: string): Promise<LlamaModel> {
  const model = await llama.loadModel({ modelPath: path })
  onTestFinished(() => model.dispose())
  return model
}

/** The probability of every token after these. */
export async function distribution(
  model: LlamaModel,
  tokens: readonly number[],
  options: LlamaContextOptions = {},
): Promise<Map<number, number>> {
  const context = await model.createContext({ contextSize: 64, threads: 1, ...options })
  try {
    for await (const { probabilities } of context
      .getSequence()
      .evaluateWithMetadata([...tokens] as Token[], { probabilities: true }, { temperature: 0 }))
      return new Map(probabilities)
    throw new Error('no token came')
  } finally {
    await context.dispose()
  }
}

/** The likeliest token after these, and so on. */
export async function greedy(
  model: LlamaModel,
  tokens: readonly number[],
  count: number,
): Promise<number[]> {
  const context = await model.createContext({ contextSize: 64, threads: 1 })
  const reply: number[] = []
  try {
    for await (const token of context
      .getSequence()
      .evaluate([...tokens] as Token[], { temperature: 0 })) {
      reply.push(token)
      if (reply.length === count) break
    }
    return reply
  } finally {
    await context.dispose()
  }
}

/** What comes out of the last norm, for each token alone after the beginning of the text. */
export async function hiddenStates(
  model: LlamaModel,
  tokens: readonly number[],
): Promise<readonly (readonly number[])[]> {
  const context = await model.createEmbeddingContext({ contextSize: 64, threads: 1 })
  try {
    const states: (readonly number[])[] = []
    for (const token of tokens)
      states.push((await context.getEmbeddingFor([token as Token])).vector)
    return states
  } finally {
    await context.dispose()
  }
}
