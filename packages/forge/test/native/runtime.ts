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

/** Loads a model, which is disposed when the test ends. */
export async function loadModel(path: string): Promise<LlamaModel> {
  const model = await llama.loadModel({ modelPath: path })
  onTestFinished(() => model.dispose())
  return model
}

/** Computes the probability of every token after these. */
export async function computeProbabilities(
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
    throw new Error('the model returned no token')
  } finally {
    await context.dispose()
  }
}

/** Generates a reply of the likeliest tokens. */
export async function generateGreedily(
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

/** Computes the output of the last norm for each token alone. */
export async function computeHiddenStates(
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
