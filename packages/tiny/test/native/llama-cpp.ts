import { getLlama, LlamaLogLevel, type LlamaModel, type Token } from 'node-llama-cpp'

const llama = await getLlama({
  gpu: false,
  build: 'never',
  logLevel: LlamaLogLevel.error,
  progressLogs: false,
})

export async function openGguf(path: string): Promise<LlamaModel> {
  return llama.loadModel({ modelPath: path })
}

/** Gives each prompt a sequence of its own in turn; the cache is as exact as it can be. */
export async function evaluator(model: LlamaModel) {
  const context = await model.createContext({
    contextSize: 1_024,
    threads: 1,
    flashAttention: false,
    experimentalKvCacheKeyType: 'F32',
    experimentalKvCacheValueType: 'F32',
  })
  const sequence = context.getSequence()
  return {
    /** By token; those of no weight are left out. */
    async logProbabilities(prompt: readonly number[]): Promise<ReadonlyMap<number, number>> {
      await sequence.clearHistory()
      for await (const { probabilities } of sequence.evaluateWithMetadata(
        [...prompt] as Token[],
        { probabilities: true },
        { temperature: 0, yieldEogToken: true },
      )) {
        return new Map(
          [...probabilities]
            .filter(([, probability]) => probability > 1e-12)
            .map(([token, probability]) => [token, Math.log(probability)]),
        )
      }
      throw new Error('no token came')
    },
    async greedy(
      prompt: readonly number[],
      { end, most }: { readonly end: number; readonly most: number },
    ): Promise<number[]> {
      await sequence.clearHistory()
      const reply: number[] = []
      for await (const token of sequence.evaluate([...prompt] as Token[], { temperature: 0 })) {
        if (token === end) break
        reply.push(token)
        if (reply.length === most) break
      }
      return reply
    },
  }
}
